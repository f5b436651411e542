// Boxes around points, around each other, and around whole pixels.

import type { Box } from './size.ts';

/** @param polygons x and y in turn */
export function boundsOf(polygons: readonly ArrayLike<number>[]): Box {
	let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
	for (const polygon of polygons)
		for (let i = 0; i < polygon.length; i += 2) {
			left = Math.min(left, polygon[i]!);
			right = Math.max(right, polygon[i]!);
			top = Math.min(top, polygon[i + 1]!);
			bottom = Math.max(bottom, polygon[i + 1]!);
		}
	return left <= right
		? { x: left, y: top, width: right - left, height: bottom - top }
		: { x: 0, y: 0, width: 0, height: 0 };
}

export function grown({ x, y, width, height }: Box, dx: number, dy: number): Box {
	return { x: x - dx, y: y - dy, width: width + 2 * dx, height: height + 2 * dy };
}

/** The smallest box around boxes. */
export function around(...boxes: readonly Box[]): Box {
	return boundsOf(boxes.map(({ x, y, width, height }) => [x, y, x + width, y + height]));
}

export function outerPixels({ x, y, width, height }: Box): Box {
	const [left, top] = [Math.floor(x), Math.floor(y)];
	return { x: left, y: top, width: Math.ceil(x + width) - left, height: Math.ceil(y + height) - top };
}

/** Clockwise from the top left, x and y in turn. */
export function boxCorners({ x, y, width, height }: Box): number[] {
	return [x, y, x + width, y, x + width, y + height, x, y + height];
}
