// renderDocument draws a document: the preview, the export, and whatever else shows one, call this.

import { layerMatrix, type Document, type TextLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { multiply, scaling } from '../geometry/matrix.ts';
import { layoutText } from '../text/layout.ts';
import { drawGlyphs } from '../text/outline.ts';

/** What a document refers to. Bitmaps are drawn to the document's size, whatever their own. */
export interface Assets {
	readonly photo: CanvasImageSource;
	/** The photo with the subject's alpha; missing until it is known. */
	readonly cutout: CanvasImageSource | undefined;
	readonly fonts: FontLibrary;
}

export interface RenderOptions {
	/** Output pixels per document pixel. */
	readonly scale: number;
}

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws over the whole canvas; fonts must be loaded (`FontLibrary.ensure`). */
export function renderDocument(
	context: Context,
	document: Document,
	assets: Assets,
	{ scale }: RenderOptions
): void {
	const width = document.size.width * scale;
	const height = document.size.height * scale;
	context.setTransform(1, 0, 0, 1, 0, 0);
	context.clearRect(0, 0, width, height);
	context.imageSmoothingQuality = 'high';
	for (const layer of document.layers) {
		if (layer.kind === 'photo') context.drawImage(assets.photo, 0, 0, width, height);
		else if (layer.kind === 'subject') {
			if (assets.cutout) context.drawImage(assets.cutout, 0, 0, width, height);
		} else drawText(context, layer, assets, scale);
	}
}

function drawText(context: Context, layer: TextLayer, assets: Assets, scale: number): void {
	if (!assets.fonts.isReady(layer.font)) return;
	const matrix = multiply(scaling(scale), layerMatrix(layer));
	// One path for the whole text: where glyphs overlap, a translucent text stays even.
	context.beginPath();
	drawGlyphs(layoutText(layer, assets.fonts).glyphs, matrix, context);
	context.globalAlpha = layer.opacity;
	context.fillStyle = layer.colour;
	context.fill();
	context.globalAlpha = 1;
}
