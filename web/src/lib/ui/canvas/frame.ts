// The frame of a text as its handles see it: the box of its ink, bent or not, and its corners in the picture.

import { layerMatrix, type TextLayer } from '#lib/doc/document.ts';
import type { FontLibrary } from '#lib/fonts/library.ts';
import { project, type Matrix } from '#lib/geometry/matrix.ts';
import type { Box, DocumentPoint } from '#lib/geometry/size.ts';
import { boundsOf } from '#lib/geometry/box.ts';
import { warpOf } from '#lib/text/bend.ts';
import { flattenGlyphs } from '#lib/text/flatten.ts';
import { layoutText } from '#lib/text/layout.ts';

export interface Frame {
	/** Top left, top right, bottom right, bottom left, in document pixels. */
	readonly corners: readonly [DocumentPoint, DocumentPoint, DocumentPoint, DocumentPoint];
	/** The upright box around it. */
	readonly bounds: Box;
}

/** Nothing where its font is not there yet. */
export function frameOf(layer: TextLayer, fonts: FontLibrary, margin: number): Frame | undefined {
	if (!fonts.isReady(layer.font)) return undefined;
	const { glyphs, box, ink } = layoutText(layer, fonts);
	const warp = warpOf(layer, box);
	const seen = warp ? boundsOf(flattenGlyphs(glyphs, layer.size / 20, warp, layer.size / 4)) : ink;
	const matrix: Matrix = layerMatrix(layer, box);
	const [left, top] = [seen.x - margin, seen.y - margin];
	const [right, bottom] = [seen.x + seen.width + margin, seen.y + seen.height + margin];
	const at = (x: number, y: number): DocumentPoint => project(matrix, x, y);
	const corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)] as const;
	return { corners, bounds: boundsOf(corners.map(({ x, y }) => [x, y])) };
}
