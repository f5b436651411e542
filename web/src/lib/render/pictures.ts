// The photo and the subject as their layers ask for them: adjusted, blurred, replaced, softened, outlined.

import type { PhotoLayer, SubjectLayer } from '../doc/document.ts';
import type { Size } from '../geometry/size.ts';
import { contextOf, type Context, type MakeCanvas, type Pictures } from './canvas.ts';
import { coverPart } from './perspective.ts';
import { rgb, withOpacity } from './colour.ts';
import { adjust, blur, shiftEdge } from './pixels.ts';

/** The blur is worked out where its standard deviation is this many pixels: more would not be seen. */
const BLUR_PIXELS = 4;

/** Below this alpha, of 255, the cutout's colours are too coarse to be used on their own. */
const CLEAN_FROM = 32;

export interface Sources {
	readonly photo: CanvasImageSource;
	readonly cutout: CanvasImageSource | undefined;
	readonly pictures?: Pictures | undefined;
}

export function isAsTaken({ brightness, contrast, saturation }: PhotoLayer): boolean {
	return brightness === 0 && contrast === 0 && saturation === 0;
}

/** Draws the photo layer over the whole output. */
export function drawPhoto(
	context: Context,
	layer: PhotoLayer,
	sources: Sources,
	size: Size,
	make: MakeCanvas
): void {
	const { width, height } = size;
	if (layer.background === 'colour' || layer.background === 'gradient') {
		const gradient = context.createLinearGradient(0, 0, 0, height);
		gradient.addColorStop(0, layer.backgroundColour);
		gradient.addColorStop(1, layer.backgroundColour2);
		context.fillStyle = layer.background === 'colour' ? layer.backgroundColour : gradient;
		context.fillRect(0, 0, width, height);
		return;
	}
	const picture = layer.background === 'picture' && sources.pictures?.get(layer.backgroundPicture);
	if (picture) {
		const part = coverPart(picture, size);
		context.drawImage(picture, part.x, part.y, part.width, part.height, 0, 0, width, height);
		return;
	}
	if (layer.blur === 0 && isAsTaken(layer)) {
		context.drawImage(sources.photo, 0, 0, width, height);
		return;
	}
	const photo = adjustedPicture(sources.photo, layer, size, make);
	context.drawImage(
		layer.blur === 0 ? photo : blurred(photo, sources.cutout, layer.blur, size, make),
		0,
		0,
		width,
		height
	);
}

/** A picture with the photo's adjustments, at the output's size. */
function adjustedPicture(
	source: CanvasImageSource,
	layer: PhotoLayer,
	{ width, height }: Size,
	make: MakeCanvas
): OffscreenCanvas {
	const canvas = make(width, height);
	const context = contextOf(canvas);
	context.drawImage(source, 0, 0, width, height);
	if (!isAsTaken(layer)) {
		const image = context.getImageData(0, 0, width, height);
		adjust(image.data, layer);
		context.putImageData(image, 0, 0);
	}
	return canvas;
}

/** The background out of focus. What belongs to the subject does not bleed into it. */
function blurred(
	photo: OffscreenCanvas,
	cutout: CanvasImageSource | undefined,
	share: number,
	{ width, height }: Size,
	make: MakeCanvas
): OffscreenCanvas {
	const shrink = Math.min(1, BLUR_PIXELS / (share * Math.max(width, height)));
	const small = {
		width: Math.max(1, Math.round(width * shrink)),
		height: Math.max(1, Math.round(height * shrink))
	};
	const canvas = make(small.width, small.height);
	const context = contextOf(canvas);
	context.drawImage(photo, 0, 0, small.width, small.height);
	const image = context.getImageData(0, 0, small.width, small.height);
	const weights = new Float32Array(small.width * small.height).fill(1);
	if (cutout) {
		const aside = contextOf(make(small.width, small.height));
		aside.drawImage(cutout, 0, 0, small.width, small.height);
		const { data } = aside.getImageData(0, 0, small.width, small.height);
		// A trace of the subject stays, for where nothing else is near.
		for (let i = 0; i < weights.length; i++) weights[i] = Math.max(1e-3, 1 - data[4 * i + 3]! / 255);
	}
	const pixels = new Float32Array(weights.length * 4);
	for (let i = 0; i < weights.length; i++) {
		for (let c = 0; c < 3; c++) pixels[4 * i + c] = image.data[4 * i + c]! * weights[i]!;
		pixels[4 * i + 3] = weights[i]!;
	}
	blur(pixels, small.width, small.height, 4, share * Math.max(small.width, small.height));
	for (let i = 0; i < weights.length; i++)
		for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[4 * i + c]! / pixels[4 * i + 3]!;
	context.putImageData(image, 0, 0);
	return canvas;
}

/** Draws the subject layer, with its outline and shadow. */
export function drawSubject(
	context: Context,
	layer: SubjectLayer,
	photoLayer: PhotoLayer,
	sources: Sources,
	size: Size,
	make: MakeCanvas
): void {
	if (!sources.cutout) return;
	const { width, height } = size;
	const longer = Math.max(width, height);
	const isPlain = layer.feather === 0 && layer.grow === 0 && layer.cleanEdges && isAsTaken(photoLayer);
	const subject = isPlain ? sources.cutout : shapedSubject(layer, photoLayer, sources, size, make);
	if (layer.outline > 0 || layer.shadow > 0) {
		const around = layer.outline > 0 ? outline(subject, layer, size, make) : undefined;
		if (layer.shadow > 0) {
			const angle = (layer.shadowAngle * Math.PI) / 180;
			const away = 2 * width + 10_000;
			context.save();
			context.shadowColor = withOpacity('#000000', layer.shadow);
			context.shadowBlur = layer.shadowBlur * longer;
			context.shadowOffsetX = away + layer.shadowDistance * longer * Math.cos(angle);
			context.shadowOffsetY = layer.shadowDistance * longer * Math.sin(angle);
			context.drawImage(around ?? subject, -away, 0, width, height);
			context.restore();
		}
		if (around) context.drawImage(around, 0, 0, width, height);
	}
	context.drawImage(subject, 0, 0, width, height);
}

/** The photo's pixels under the subject's alpha, moved and softened. */
function shapedSubject(
	{ grow, feather, cleanEdges }: SubjectLayer,
	photoLayer: PhotoLayer,
	{ photo, cutout }: Sources,
	size: Size,
	make: MakeCanvas
): OffscreenCanvas {
	const { width, height } = size;
	const canvas = make(width, height);
	const context = contextOf(canvas);
	context.drawImage(cutout!, 0, 0, width, height);
	const image = context.getImageData(0, 0, width, height);
	if (grow !== 0 || feather !== 0 || !cleanEdges) {
		const alpha = alphaOf(image.data);
		const longer = Math.max(width, height);
		shiftEdge(alpha, width, height, grow * longer, feather * longer);
		context.drawImage(photo, 0, 0, width, height);
		const { data } = context.getImageData(0, 0, width, height);
		for (let i = 0; i < alpha.length; i++) {
			// Where the edge moved out, the cutout has no colours; the photo has them.
			if (!cleanEdges || image.data[4 * i + 3]! < CLEAN_FROM)
				for (let c = 4 * i; c < 4 * i + 3; c++) image.data[c] = data[c]!;
			image.data[4 * i + 3] = alpha[i]! * 255;
		}
	}
	adjust(image.data, photoLayer);
	context.putImageData(image, 0, 0);
	return canvas;
}

/** A shape of one colour that reaches farther than the subject. */
function outline(
	subject: CanvasImageSource,
	layer: SubjectLayer,
	{ width, height }: Size,
	make: MakeCanvas
): OffscreenCanvas {
	const canvas = make(width, height);
	const context = contextOf(canvas);
	context.drawImage(subject, 0, 0, width, height);
	const image = context.getImageData(0, 0, width, height);
	const alpha = alphaOf(image.data);
	shiftEdge(alpha, width, height, layer.outline * Math.max(width, height), 0);
	const [r, g, b] = rgb(layer.outlineColour);
	for (let i = 0; i < alpha.length; i++) image.data.set([r, g, b, alpha[i]! * 255], 4 * i);
	context.putImageData(image, 0, 0);
	return canvas;
}

function alphaOf(data: Uint8ClampedArray): Float32Array {
	return Float32Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]! / 255);
}
