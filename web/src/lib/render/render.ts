// renderDocument draws a document: the preview, the export, and whatever else shows one, call this.

import {
	isPlaced,
	photoLayer,
	shownBox,
	type Document,
	type Layer,
	type PhotoLayer,
	type PlacedLayer,
	type SubjectLayer
} from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import type { Box, Size } from '../geometry/size.ts';
import type { LayerCache } from './cache.ts';
import { isReady } from '../shapes/body.ts';
import { contextOf, offscreen, type Context, type MakeCanvas, type Pictures } from './canvas.ts';
import { drawPhoto, drawSubject, isAsTaken, type Sources } from './pictures.ts';
import { drawAside, isPlain, Outlined, type Drawn } from './placed.ts';

export type { Context, Picture, Pictures } from './canvas.ts';

/** What a document refers to. Bitmaps are drawn to the document's size, whatever their own. */
export interface Assets extends Sources {
	readonly fonts: FontLibrary;
	/** What fills and backgrounds name; one that is missing is drawn as a colour. */
	readonly pictures?: Pictures | undefined;
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
	/**
	 * Only this part of the output, in its pixels, onto a canvas of that size; where `isInParts` says that it can be.
	 */
	readonly part?: Box | undefined;
	/** Only this layer, on transparency, as it is before its opacity and its blend mode; hidden or not. */
	readonly onlyId?: string | undefined;
}

/** How large a picture of a document is, in output pixels. */
export function outputSize(document: Document, scale: number): Size {
	const { width, height } = shownBox(document);
	return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Draws over the whole canvas, see `outputSize`; fonts must be loaded (`FontLibrary.ensure`). */
export function renderDocument(
	context: Context,
	document: Document,
	assets: Assets,
	options: RenderOptions
): void {
	const { scale, only, onlyId, part } = options;
	const { x, y } = shownBox(document);
	const size = part ?? outputSize(document, scale);
	context.setTransform(1, 0, 0, 1, 0, 0);
	context.clearRect(0, 0, size.width, size.height);
	// By whole pixels: the photo is not blurred by a crop.
	const [left, top] = [Math.round(x * scale) + (part?.x ?? 0), Math.round(y * scale) + (part?.y ?? 0)];
	context.setTransform(1, 0, 0, 1, -left, -top);
	context.imageSmoothingQuality = 'high';
	for (const layer of document.layers) {
		const isAsked = onlyId === undefined ? only === undefined || layer.kind === only : layer.id === onlyId;
		const isAlone = onlyId !== undefined;
		if (!isAsked || (!isAlone && (layer.hidden || layer.opacity === 0))) continue;
		context.globalAlpha = isAlone ? 1 : layer.opacity;
		context.globalCompositeOperation = isAlone || layer.blend === 'normal' ? 'source-over' : layer.blend;
		if (isPlaced(layer)) drawPlaced(context, layer, document, assets, options);
		else drawPicture(context, layer, document, assets, options);
	}
	context.globalAlpha = 1;
	context.globalCompositeOperation = 'source-over';
	options.cache?.keep(document.layers.map(({ id }) => id));
}

/** Whether a document can be drawn part by part: no step of it needs a canvas as large as the whole. */
export function isInParts(document: Document): boolean {
	const photo = photoLayer(document);
	return document.layers.every(
		(layer) => isPlaced(layer) || (isQuick(layer, photo) && (layer.kind === 'photo' || layer.cleanEdges))
	);
}

/** Drawn straight into the picture. */
function isQuick(layer: PhotoLayer | SubjectLayer, photo: PhotoLayer): boolean {
	return (
		isAsTaken(photo) &&
		(layer.kind === 'photo'
			? layer.blur === 0
			: layer.feather === 0 && layer.grow === 0 && layer.outline === 0 && layer.shadow === 0)
	);
}

const NO_PICTURES: Pictures = new Map();

function drawPlaced(
	context: Context,
	layer: PlacedLayer,
	document: Document,
	assets: Assets,
	options: RenderOptions
): void {
	const { fonts, pictures = NO_PICTURES, makeCanvas = offscreen } = assets;
	const { scale, cache, isMoving = false } = options;
	if (!isReady(layer, fonts)) return;
	if (isPlain(layer)) {
		const shape = new Outlined(layer, fonts, scale);
		// One path for the whole layer: where glyphs overlap, a translucent text stays even.
		shape.trace(context);
		context.fillStyle = layer.colour;
		context.fill();
		return;
	}
	const shown = shownBox(document);
	// The canvas, in whole pixels of the output.
	const size = options.part ?? outputSize(document, scale);
	const picture = {
		x: Math.round(shown.x * scale) + (options.part?.x ?? 0),
		y: Math.round(shown.y * scale) + (options.part?.y ?? 0),
		width: size.width,
		height: size.height
	};
	// A layer that moves is drawn with what will come into sight.
	const margin = isMoving ? Math.max(picture.width, picture.height) / 2 : 0;
	const view = {
		x: picture.x - margin,
		y: picture.y - margin,
		width: picture.width + 2 * margin,
		height: picture.height + 2 * margin
	};
	const draw = () => drawAside(layer, fonts, pictures, scale, view, makeCanvas);
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
		made: fonts.generation,
		hasPicture: pictures.has(layer.picture),
		// A layer is drawn only where it is seen.
		crop: document.crop
	});
	const [x, y] = [layer.x * scale, layer.y * scale];
	const kept = cache.text(layer.id, look, x, y, isMoving, picture, draw);
	if (kept) context.drawImage(kept.canvas, kept.x, kept.y);
}

function drawPicture(
	context: Context,
	layer: PhotoLayer | SubjectLayer,
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
	if (isQuick(layer, photo)) {
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
