// The frame of a text or a shape as its handles see it: the box of its ink, bent or not, and its corners in the picture.

import {
	draggedCorners,
	layerMatrix,
	MIN_SIZE,
	planeMatrix,
	type PlacedLayer,
	type ShapeChange
} from '#lib/doc/document.ts';
import type { FontLibrary } from '#lib/fonts/library.ts';
import { inversePlane, project, type Matrix } from '#lib/geometry/matrix.ts';
import { clamp, type Box, type DocumentPoint } from '#lib/geometry/size.ts';
import { boundsOf, boxCorners } from '#lib/geometry/box.ts';
import { warpOf } from '#lib/text/bend.ts';
import { bodyOf, isReady, outlineOf } from '#lib/shapes/body.ts';

export interface Frame {
	/** Top left, top right, bottom right, bottom left, in document pixels. */
	readonly corners: readonly [DocumentPoint, DocumentPoint, DocumentPoint, DocumentPoint];
	/** The upright box around it. */
	readonly bounds: Box;
}

/** How far an arrow key moves what is held, in document pixels: ten times as far with Shift. */
export function arrowStep({ key, shiftKey }: KeyboardEvent): DocumentPoint | undefined {
	const step = shiftKey ? 10 : 1;
	const ways: Readonly<Record<string, DocumentPoint>> = {
		ArrowLeft: { x: -step, y: 0 },
		ArrowRight: { x: step, y: 0 },
		ArrowUp: { x: 0, y: -step },
		ArrowDown: { x: 0, y: step }
	};
	return ways[key];
}

/** Where a pointer is in the document; `shown` fills the element. */
export function documentPoint(element: Element, event: PointerEvent, shown: Box): DocumentPoint {
	const box = element.getBoundingClientRect();
	return {
		x: shown.x + ((event.clientX - box.left) / box.width) * shown.width,
		y: shown.y + ((event.clientY - box.top) / box.height) * shown.height
	};
}

/** Nothing where its font is not there yet. */
export function frameOf(layer: PlacedLayer, fonts: FontLibrary, margin: number): Frame | undefined {
	if (!isReady(layer, fonts)) return undefined;
	const body = bodyOf(layer, fonts);
	const { box, ink } = body;
	const warp = warpOf(layer, box);
	const seen = warp ? boundsOf(outlineOf(layer, body, layer.size / 20, warp, layer.size / 4)) : ink;
	const matrix: Matrix = layerMatrix(layer, box);
	const [left, top] = [seen.x - margin, seen.y - margin];
	const [right, bottom] = [seen.x + seen.width + margin, seen.y + seen.height + margin];
	const at = (x: number, y: number): DocumentPoint => project(matrix, x, y);
	const corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)] as const;
	return { corners, bounds: boundsOf(corners.map(({ x, y }) => [x, y])) };
}

/** Where a corner of a layer's box is, which `draggedTo` moves. */
export function boxCorner(layer: PlacedLayer, fonts: FontLibrary, index: number): DocumentPoint | undefined {
	if (!isReady(layer, fonts)) return undefined;
	const { box } = bodyOf(layer, fonts);
	const quad = draggedCorners(layer, box);
	return project(planeMatrix(layer, box), quad[2 * index]!, quad[2 * index + 1]!);
}

/**
 * A layer's `corners` once one of them is at this point; nothing where they would be no frame any more, but crossed.
 *
 * @param index clockwise from the top left
 */
export function draggedTo(
	layer: PlacedLayer,
	fonts: FontLibrary,
	index: number,
	to: DocumentPoint
): number[] | undefined {
	if (!isReady(layer, fonts)) return undefined;
	const { box } = bodyOf(layer, fonts);
	const at = project(inversePlane(planeMatrix(layer, box)), to.x, to.y);
	const quad = draggedCorners(layer, box)
		.with(2 * index, at.x)
		.with(2 * index + 1, at.y);
	if (!isConvex(quad)) return undefined;
	const corners = boxCorners(box).map((value, i) => (quad[i]! - value) / layer.size);
	return corners.some((value) => Math.abs(value) > 20) ? undefined : corners;
}

/**
 * What a shape is changed in when one of its sides is dragged to this point; the opposite side stays where it is.
 *
 * @param layer as it was when the side was taken hold of
 * @param index of the side, clockwise from the upper one
 */
export function stretchedTo(
	layer: PlacedLayer,
	fonts: FontLibrary,
	index: number,
	to: DocumentPoint
): ShapeChange | undefined {
	if (layer.kind !== 'shape') return undefined;
	const { box } = bodyOf(layer, fonts);
	const matrix = layerMatrix(layer, box);
	const at = project(inversePlane(matrix), to.x, to.y);
	const [right, bottom] = [box.x + box.width, box.y + box.height];
	const [width, height] = (
		[
			[box.width, bottom - at.y],
			[at.x - box.x, box.height],
			[box.width, at.y - box.y],
			[right - at.x, box.height]
		] as const
	)[index]!;
	// Beyond its horizon a tilted plane has no end.
	const longest = 20 * Math.max(box.width, box.height);
	if (height > longest || width > longest) return undefined;
	const size = Math.max(MIN_SIZE, height);
	const aspect = clamp(Math.max(MIN_SIZE, width) / size, 0.01, 100);
	const [dx, dy] = [(size * aspect - box.width) / 2, (size - box.height) / 2];
	const centre = project(matrix, index === 3 ? -dx : dx, index === 0 ? -dy : dy);
	return { size, aspect, x: centre.x, y: centre.y };
}

/** Whether a quadrilateral turns the same way at each corner, and clearly. */
function isConvex(quad: readonly number[]): boolean {
	const turns = [0, 2, 4, 6].map((i) => {
		const at = (k: number) => quad[(i + k) % 8]!;
		return (at(2) - at(0)) * (at(5) - at(3)) - (at(3) - at(1)) * (at(4) - at(2));
	});
	const smallest = 1e-3 * Math.max(...turns.map(Math.abs));
	return turns.every((turn) => turn > smallest) || turns.every((turn) => turn < -smallest);
}
