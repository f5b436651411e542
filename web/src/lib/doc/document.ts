// What can be done to a document; every change makes a new one and shares what stayed the same.

import {
	multiply,
	perspective,
	rotationX,
	rotationY,
	rotationZ,
	skew,
	translation,
	type Matrix
} from '../geometry/matrix.ts';
import { clamp, type Box, type Size } from '../geometry/size.ts';
import {
	readDocument,
	textLayer,
	type Document,
	type Layer,
	type PhotoLayer,
	type SubjectLayer,
	type TextLayer
} from './schema.ts';

export type { Document, Layer, PhotoLayer, Shadow, SubjectLayer, TextLayer } from './schema.ts';

/** The smallest em size that a text may have, in document pixels. */
export const MIN_SIZE = 4;

/** What a layer may be changed in. */
export type TextChange = Partial<Omit<TextLayer, 'kind' | 'id'>>;
export type LayerChange =
	TextChange | Partial<Omit<PhotoLayer, 'kind' | 'id'>> | Partial<Omit<SubjectLayer, 'kind' | 'id'>>;

/** A photo, a text over its upper third, and the subject in front of both. */
export function newDocument(size: Size): Document {
	const text = textLayer({
		kind: 'text',
		id: 'text-1',
		text: 'BEHIND',
		font: 'oswald',
		size: Math.max(MIN_SIZE, Math.round(Math.min(size.width * 0.28, size.height * 0.42))),
		x: size.width / 2,
		y: size.height * 0.36
	});
	return readDocument({
		version: 1,
		size: { width: size.width, height: size.height },
		layers: [{ kind: 'photo', id: 'photo' }, text, { kind: 'subject', id: 'subject' }]
	});
}

/** The same document over another photo: texts keep their look and their place in the picture. */
export function overPhoto(document: Document, size: Size): Document {
	const x = size.width / document.size.width;
	const y = size.height / document.size.height;
	// By the short sides: a way there and back leads to the same size.
	const scale = Math.min(size.width, size.height) / Math.min(document.size.width, document.size.height);
	return {
		...document,
		size: { width: size.width, height: size.height },
		layers: document.layers.map((layer) =>
			layer.kind === 'text'
				? { ...layer, x: layer.x * x, y: layer.y * y, size: clamp(layer.size * scale, MIN_SIZE, 1e5) }
				: layer
		)
	};
}

export function textLayers(document: Document): TextLayer[] {
	return document.layers.filter((layer) => layer.kind === 'text');
}

export function photoLayer(document: Document): PhotoLayer {
	return document.layers.find((layer) => layer.kind === 'photo')!;
}

export function subjectLayer(document: Document): SubjectLayer {
	return document.layers.find((layer) => layer.kind === 'subject')!;
}

/** The same document with one layer changed. */
export function changeLayer(document: Document, id: string, change: LayerChange): Document {
	return {
		...document,
		layers: document.layers.map((layer) => (layer.id === id ? { ...layer, ...change } : layer))
	};
}

/** The same document with one text layer changed. */
export function changeText(document: Document, id: string, change: TextChange): Document {
	return textLayers(document).some((layer) => layer.id === id) ? changeLayer(document, id, change) : document;
}

/** Puts a layer above another, or at the top. */
export function insertLayer(document: Document, layer: Layer, above?: string): Document {
	const index = document.layers.findIndex(({ id }) => id === above);
	const at = index === -1 ? document.layers.length : index + 1;
	return { ...document, layers: document.layers.toSpliced(at, 0, layer) };
}

/** Without a layer; the photo and the subject stay. */
export function removeLayer(document: Document, id: string): Document {
	return { ...document, layers: document.layers.filter((layer) => layer.id !== id || layer.kind !== 'text') };
}

/** The layer at this place, counted from the bottom. */
export function moveLayer(document: Document, id: string, to: number): Document {
	const from = document.layers.findIndex((layer) => layer.id === id);
	if (from === -1) return document;
	const layer = document.layers[from]!;
	return { ...document, layers: document.layers.toSpliced(from, 1).toSpliced(to, 0, layer) };
}

/** An id that no layer has. */
export function freeId(document: Document): string {
	const taken = new Set(document.layers.map(({ id }) => id));
	for (let number = 1; ; number++) if (!taken.has(`text-${number}`)) return `text-${number}`;
}

/** What the list of layers calls it. */
export function layerName(layer: Layer): string {
	if (layer.name) return layer.name;
	if (layer.kind === 'text') return layer.text.trim().replaceAll(/\s+/g, ' ').slice(0, 40) || 'Empty text';
	return layer.kind === 'photo' ? 'Photo' : 'Subject';
}

/**
 * From the text's own coordinates (around its centre) to the document's.
 *
 * @param box of the laid-out text: the eye stands off in proportion to it, so that no tilt reaches it
 */
export function layerMatrix(layer: TextLayer, box: Box): Matrix {
	const flat = multiply(translation(layer.x, layer.y), rotationZ(radians(layer.rotation)));
	const isTilted = layer.tiltX !== 0 || layer.tiltY !== 0;
	const reach = Math.hypot(box.width, box.height) + 0.3 * layer.size;
	const distance = (reach * 0.9) / layer.perspective;
	return [
		...(isTilted
			? [perspective(distance), rotationX(radians(layer.tiltX)), rotationY(radians(layer.tiltY))]
			: []),
		...(layer.tiltZ === 0 ? [] : [rotationZ(radians(layer.tiltZ))]),
		...(layer.skewX === 0 && layer.skewY === 0 ? [] : [skew(radians(layer.skewX), radians(layer.skewY))])
	].reduce(multiply, flat);
}

function radians(degrees: number): number {
	return (degrees * Math.PI) / 180;
}
