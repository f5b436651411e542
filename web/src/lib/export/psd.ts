// A layered Photoshop file: each layer of the document as a layer of pixels, with its opacity and blend mode.

import { initializeCanvas, writePsd, type BlendMode, type Layer as PsdLayer } from 'ag-psd';
import { layerName, type Document } from '../doc/document.ts';
import { outputSize, type RenderOptions } from '../render/render.ts';
import { FORMATS } from './formats.ts';

// It asks for canvases by itself, and a worker has no document to make them with.
const make = (width: number, height: number) =>
	new OffscreenCanvas(width, height) as unknown as HTMLCanvasElement;
initializeCanvas(make, (width, height) => new ImageData(width, height));

/** @param draw draws the whole document, or one of its layers as it is alone */
export function encodePsd(
	document: Document,
	scale: number,
	draw: (options: Partial<RenderOptions>) => OffscreenCanvas
): Blob {
	const pixels = (canvas: OffscreenCanvas) =>
		canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
	const children = document.layers.map((layer): PsdLayer => ({
		name: layerName(layer),
		hidden: layer.hidden,
		opacity: layer.opacity,
		blendMode: layer.blend.replaceAll('-', ' ') as BlendMode,
		imageData: pixels(draw({ onlyId: layer.id }))
	}));
	const psd = { ...outputSize(document, scale), children, imageData: pixels(draw({})) };
	return new Blob([writePsd(psd, { trimImageData: true })], { type: FORMATS.psd.type });
}
