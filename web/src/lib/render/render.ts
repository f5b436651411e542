// renderDocument draws a document: the preview, the export, and whatever else shows one, call this.

import { photoLayer, type Document, type Layer, type TextLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import type { LayerCache } from './cache.ts';
import { contextOf, offscreen, type Context, type MakeCanvas } from './canvas.ts';
import { drawPhoto, drawSubject, isAsTaken, type Sources } from './pictures.ts';
import { drawTextAside, isPlain, TextShape, type Drawn } from './text.ts';

export type { Context } from './canvas.ts';

/** What a document refers to. Bitmaps are drawn to the document's size, whatever their own. */
export interface Assets extends Sources {
	readonly fonts: FontLibrary;
	/** Where OffscreenCanvas is not to be had. */
	readonly makeCanvas?: MakeCanvas;
}

export interface RenderOptions {
	/** Output pixels per document pixel. */
	readonly scale: number;
	/** Keeps what was drawn, for the next frame. */
	readonly cache?: LayerCache;
	/** Layers are being moved: they may stand half a pixel off until they rest. */
	readonly isMoving?: boolean;
	/** Only the texts, or only the subject, on transparency. */
	readonly only?: Layer['kind'] | undefined;
	/** Only this layer, on transparency, as it is before its opacity and its blend mode; hidden or not. */
	readonly onlyId?: string | undefined;
}

/** Draws over the whole canvas; fonts must be loaded (`FontLibrary.ensure`). */
export function renderDocument(
	context: Context,
	document: Document,
	assets: Assets,
	options: RenderOptions
): void {
	const { scale, only, onlyId } = options;
	context.setTransform(1, 0, 0, 1, 0, 0);
	context.clearRect(0, 0, document.size.width * scale, document.size.height * scale);
	context.imageSmoothingQuality = 'high';
	for (const layer of document.layers) {
		const isAsked = onlyId === undefined ? only === undefined || layer.kind === only : layer.id === onlyId;
		const isAlone = onlyId !== undefined;
		if (!isAsked || (!isAlone && (layer.hidden || layer.opacity === 0))) continue;
		context.globalAlpha = isAlone ? 1 : layer.opacity;
		context.globalCompositeOperation = isAlone || layer.blend === 'normal' ? 'source-over' : layer.blend;
		if (layer.kind === 'text') drawText(context, layer, document, assets, options);
		else drawPicture(context, layer, document, assets, options);
	}
	context.globalAlpha = 1;
	context.globalCompositeOperation = 'source-over';
	options.cache?.keep(document.layers.map(({ id }) => id));
}

function drawText(
	context: Context,
	layer: TextLayer,
	document: Document,
	assets: Assets,
	options: RenderOptions
): void {
	const { fonts, makeCanvas = offscreen } = assets;
	const { scale, cache, isMoving = false } = options;
	if (!fonts.isReady(layer.font)) return;
	if (isPlain(layer)) {
		const shape = new TextShape(layer, fonts, scale);
		// One path for the whole text: where glyphs overlap, a translucent text stays even.
		shape.trace(context);
		context.fillStyle = layer.colour;
		context.fill();
		return;
	}
	const picture = { x: 0, y: 0, width: document.size.width * scale, height: document.size.height * scale };
	// A text that moves is drawn with what will come into sight.
	const margin = isMoving ? Math.max(picture.width, picture.height) / 2 : 0;
	const view = {
		x: -margin,
		y: -margin,
		width: picture.width + 2 * margin,
		height: picture.height + 2 * margin
	};
	const draw = () => drawTextAside(layer, fonts, scale, view, makeCanvas);
	if (!cache) {
		const drawn = draw();
		if (drawn) context.drawImage(drawn.canvas, drawn.x, drawn.y);
		return;
	}
	const look = JSON.stringify({
		...layer,
		x: 0,
		y: 0,
		opacity: 1,
		blend: '',
		name: '',
		scale,
		made: fonts.generation
	});
	const [x, y] = [layer.x * scale, layer.y * scale];
	const kept = cache.text(layer.id, look, x, y, isMoving, picture, draw);
	if (kept) context.drawImage(kept.canvas, kept.x, kept.y);
}

function drawPicture(
	context: Context,
	layer: Exclude<Layer, TextLayer>,
	document: Document,
	assets: Assets,
	{ scale, cache }: RenderOptions
): void {
	const { makeCanvas = offscreen } = assets;
	const size = {
		width: Math.round(document.size.width * scale),
		height: Math.round(document.size.height * scale)
	};
	const photo = photoLayer(document);
	const draw = (target: Context) => {
		if (layer.kind === 'photo') drawPhoto(target, layer, assets, size, makeCanvas);
		else drawSubject(target, layer, photo, assets, size, makeCanvas);
	};
	const isQuick =
		isAsTaken(photo) &&
		(layer.kind === 'photo'
			? layer.blur === 0
			: layer.feather === 0 && layer.grow === 0 && layer.outline === 0 && layer.shadow === 0);
	if (isQuick) {
		draw(context);
		return;
	}
	const aside = (): Drawn => {
		const canvas = makeCanvas(size.width, size.height);
		draw(contextOf(canvas));
		return { canvas, x: 0, y: 0, whole: { x: 0, y: 0, ...size } };
	};
	const { brightness, contrast, saturation } = photo;
	const look = JSON.stringify([
		{ ...layer, opacity: 1, blend: '', name: '' },
		brightness,
		contrast,
		saturation,
		size
	]);
	const drawn = cache ? cache.picture(layer.id, look, [assets.photo, assets.cutout], aside) : aside();
	context.drawImage(drawn.canvas, 0, 0);
}
