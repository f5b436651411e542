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

/** The image of (x, y, 0), divided by its w. */
export function project<To extends string>(m: Matrix, x: number, y: number): Point<To> {
	const w = m[12]! * x + m[13]! * y + m[15]!;
	return { x: (m[0]! * x + m[1]! * y + m[3]!) / w, y: (m[4]! * x + m[5]! * y + m[7]!) / w };
}
