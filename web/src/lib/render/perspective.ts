// A picture on a tilted plane, sampled pixel by pixel: a canvas by itself only stretches and shears.

import { inversePlane, project, type Matrix } from '../geometry/matrix.ts';
import { boxCorners } from '../geometry/box.ts';
import type { Box, Size } from '../geometry/size.ts';
import { contextOf, type MakeCanvas, type Picture } from './canvas.ts';

/** The part of a picture, around its middle, that has a box's proportions. */
export function coverPart({ width, height }: Size, box: Size): Box {
	const scale = Math.min(width / box.width, height / box.height);
	const [w, h] = [box.width * scale, box.height * scale];
	return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
}

/**
 * The picture over a box of the plane, as the output shows it.
 *
 * @param box in the plane's pixels
 * @param matrix from the plane to the output, a perspective
 * @param frame the part of the output that the canvas holds
 */
export function inPerspective(
	picture: Picture,
	box: Box,
	matrix: Matrix,
	frame: Box,
	make: MakeCanvas
): OffscreenCanvas {
	const source = shrunk(picture, box, matrix, make);
	const { width, height } = source;
	const from = contextOf(source).getImageData(0, 0, width, height).data;
	const canvas = make(frame.width, frame.height);
	const context = contextOf(canvas);
	const image = context.createImageData(frame.width, frame.height);
	const to = image.data;
	const back = inversePlane(matrix);
	for (let row = 0; row < frame.height; row++)
		for (let column = 0; column < frame.width; column++) {
			const { x, y } = project(back, frame.x + column + 0.5, frame.y + row + 0.5);
			const u = ((x - box.x) / box.width) * width - 0.5;
			const v = ((y - box.y) / box.height) * height - 0.5;
			// A pixel of slack: what is clipped to the outline must not be cut short by it.
			if (u < -1 || v < -1 || u > width || v > height) continue;
			const [left, top] = [Math.floor(u), Math.floor(v)];
			const [fx, fy] = [u - left, v - top];
			const [x0, x1] = [Math.max(0, left), Math.min(width - 1, left + 1)];
			const [y0, y1] = [Math.max(0, top) * width, Math.min(height - 1, top + 1) * width];
			const [a, b, c, d] = [(y0 + x0) * 4, (y0 + x1) * 4, (y1 + x0) * 4, (y1 + x1) * 4];
			const weights = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy] as const;
			const alphas = [
				from[a + 3]! * weights[0],
				from[b + 3]! * weights[1],
				from[c + 3]! * weights[2],
				from[d + 3]! * weights[3]
			] as const;
			const alpha = alphas[0] + alphas[1] + alphas[2] + alphas[3];
			if (alpha === 0) continue;
			const at = (row * frame.width + column) * 4;
			// Transparent pixels have no say in the colour.
			for (let i = 0; i < 3; i++)
				to[at + i] =
					(from[a + i]! * alphas[0] +
						from[b + i]! * alphas[1] +
						from[c + i]! * alphas[2] +
						from[d + i]! * alphas[3]) /
					alpha;
			to[at + 3] = alpha;
		}
	context.putImageData(image, 0, 0);
	return canvas;
}

/** The picture's part as large as the output shows it where it is nearest: more would only flicker. */
function shrunk(picture: Picture, box: Box, matrix: Matrix, make: MakeCanvas): OffscreenCanvas {
	const part = coverPart(picture, box);
	const corners = boxCorners(box);
	const [a, b, c, d] = [0, 2, 4, 6].map((i) => project(matrix, corners[i]!, corners[i + 1]!)) as [
		Point,
		Point,
		Point,
		Point
	];
	const wide = Math.max(Math.hypot(b.x - a.x, b.y - a.y), Math.hypot(c.x - d.x, c.y - d.y));
	const high = Math.max(Math.hypot(d.x - a.x, d.y - a.y), Math.hypot(c.x - b.x, c.y - b.y));
	const width = Math.max(1, Math.round(Math.min(part.width, wide)));
	const height = Math.max(1, Math.round(Math.min(part.height, high)));
	const canvas = make(width, height);
	contextOf(canvas).drawImage(picture, part.x, part.y, part.width, part.height, 0, 0, width, height);
	return canvas;
}

interface Point {
	readonly x: number;
	readonly y: number;
}
