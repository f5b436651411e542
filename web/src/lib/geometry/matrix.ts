// 4×4 matrices, row by row, for points written as columns (x, y, z, 1).

import type { Point } from './size.ts';

/** Sixteen numbers, row-major. */
export type Matrix = readonly number[];

/** a · b: b is applied first. */
export function multiply(a: Matrix, b: Matrix): Matrix {
	const product = new Array<number>(16).fill(0);
	for (let row = 0; row < 4; row++)
		for (let column = 0; column < 4; column++)
			for (let k = 0; k < 4; k++) product[row * 4 + column]! += a[row * 4 + k]! * b[k * 4 + column]!;
	return product;
}

export function translation(x: number, y: number, z = 0): Matrix {
	return [1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, z, 0, 0, 0, 1];
}

export function scaling(x: number, y = x, z = 1): Matrix {
	return [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
}

/** Clockwise as seen on screen, where y points down. */
export function rotationZ(radians: number): Matrix {
	const c = Math.cos(radians);
	const s = Math.sin(radians);
	return [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}

/** What stands beside the eye or behind it is drawn as if just in front. */
const NEAREST = 0.02;

/** The image of (x, y, 0), divided by its w. */
export function project<To extends string>(m: Matrix, x: number, y: number): Point<To> {
	const w = Math.max(NEAREST, m[12]! * x + m[13]! * y + m[15]!);
	return { x: (m[0]! * x + m[1]! * y + m[3]!) / w, y: (m[4]! * x + m[5]! * y + m[7]!) / w };
}

/** Tips the top edge away from the eye. */
export function rotationX(radians: number): Matrix {
	const c = Math.cos(radians);
	const s = Math.sin(radians);
	return [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1];
}

/** Tips the right edge away from the eye. */
export function rotationY(radians: number): Matrix {
	const c = Math.cos(radians);
	const s = Math.sin(radians);
	return [c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1];
}

/** Seen by an eye at this height above the plane; what has a larger z is nearer. */
export function perspective(distance: number): Matrix {
	return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, -1 / distance, 1];
}

export function skew(x: number, y: number): Matrix {
	return [1, Math.tan(x), 0, 0, Math.tan(y), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}

/** Whether parallel lines of the plane z = 0 stay parallel. */
export function isAffine(m: Matrix): boolean {
	return m[12] === 0 && m[13] === 0;
}

/** The image of (x, y, z), divided by its w. */
export function project3<To extends string>(m: Matrix, x: number, y: number, z: number): Point<To> {
	const w = Math.max(NEAREST, m[12]! * x + m[13]! * y + m[14]! * z + m[15]!);
	return {
		x: (m[0]! * x + m[1]! * y + m[2]! * z + m[3]!) / w,
		y: (m[4]! * x + m[5]! * y + m[6]! * z + m[7]!) / w
	};
}

/**
 * What takes the four corners of one quadrilateral to those of another, in the plane z = 0.
 *
 * Both x and y in turn, in the same order around; Heckbert, Fundamentals of Texture Mapping (1989), 2.2.3.
 */
export function quadToQuad(from: readonly number[], to: readonly number[]): Matrix {
	return multiply(squareTo(to), inPlane(inverse3(planeOf(squareTo(from)))));
}

/** From the output of a matrix back to its plane z = 0. */
export function inversePlane(m: Matrix): Matrix {
	return inPlane(inverse3(planeOf(m)));
}

/** From the corners (0, 0), (1, 0), (1, 1), (0, 1). */
function squareTo(quad: readonly number[]): Matrix {
	const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0] = quad;
	const [dx1, dy1, dx2, dy2] = [x1 - x2, y1 - y2, x3 - x2, y3 - y2];
	const [sx, sy] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3];
	const whole = dx1 * dy2 - dx2 * dy1;
	const [g, h] = [(sx * dy2 - dx2 * sy) / whole, (dx1 * sy - sx * dy1) / whole];
	return inPlane([x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1]);
}

/** The 3×3 part that moves points of the plane z = 0. */
function planeOf(m: Matrix): number[] {
	return [m[0]!, m[1]!, m[3]!, m[4]!, m[5]!, m[7]!, m[12]!, m[13]!, m[15]!];
}

function inPlane([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0]: readonly number[]): Matrix {
	return [a, b, 0, c, d, e, 0, f, 0, 0, 1, 0, g, h, 0, i];
}

function inverse3(m: readonly number[]): number[] {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
	const adjugate = [
		e * i - f * h,
		c * h - b * i,
		b * f - c * e,
		f * g - d * i,
		a * i - c * g,
		c * d - a * f,
		d * h - e * g,
		b * g - a * h,
		a * e - b * d
	];
	// Not only up to a factor: a projection must know what lies in front of the eye.
	const determinant = a * adjugate[0]! + b * adjugate[3]! + c * adjugate[6]!;
	return adjugate.map((value) => value / determinant);
}
