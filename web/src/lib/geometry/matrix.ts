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
