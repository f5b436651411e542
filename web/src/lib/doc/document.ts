// What can be done to a document; every change makes a new one and shares what stayed the same.

import {
	multiply,
	perspective,
	quadToQuad,
	rotationX,
	rotationY,
	rotationZ,
	skew,
	translation,
	type Matrix
} from '../geometry/matrix.ts';
import { boxCorners } from '../geometry/box.ts';
import { clamp, type Box, type Size } from '../geometry/size.ts';
import {
	readDocument,
	textLayer,
	type Document,
	type Layer,
	type PhotoLayer,
	type PlacedLayer,
	type ShapeLayer,
	type SubjectLayer,
	type TextLayer
} from './schema.ts';

export type {
	Document,
	Layer,
	PhotoLayer,
	PlacedLayer,
	Shadow,
	ShapeLayer,
	SubjectLayer,
	TextLayer
} from './schema.ts';

/** The smallest em size that a text may have, in document pixels. */
export const MIN_SIZE = 4;

/** What a layer may be changed in. */
export type TextChange = Partial<Omit<TextLayer, 'kind' | 'id'>>;
export type ShapeChange = Partial<Omit<ShapeLayer, 'kind' | 'id'>>;
/** What texts and shapes may both be changed in. */
export type StyleChange = Pick<TextChange, keyof TextChange & keyof ShapeChange>;
export type LayerChange =
	| TextChange
	| ShapeChange
	| Partial<Omit<PhotoLayer, 'kind' | 'id'>>
	| Partial<Omit<SubjectLayer, 'kind' | 'id'>>;

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

/** The same document over another photo: texts and shapes keep their look and their place in the picture. */
export function overPhoto(document: Document, size: Size): Document {
	const x = size.width / document.size.width;
	const y = size.height / document.size.height;
	// By the short sides: a way there and back leads to the same size.
	const scale = Math.min(size.width, size.height) / Math.min(document.size.width, document.size.height);
	return {
		...document,
		// Of the other photo.
		crop: undefined,
		size: { width: size.width, height: size.height },
		layers: document.layers.map((layer) =>
			isPlaced(layer)
				? { ...layer, x: layer.x * x, y: layer.y * y, size: clamp(layer.size * scale, MIN_SIZE, 1e5) }
				: layer.kind === 'subject'
					? { ...layer, leftOut: [] }
					: layer
		)
	};
}

/** What of a document is shown and exported, in its own pixels. */
export function shownBox({ size, crop }: Document): Box {
	return crop ?? { x: 0, y: 0, width: size.width, height: size.height };
}

export function isPlaced(layer: Layer): layer is PlacedLayer {
	return layer.kind === 'text' || layer.kind === 'shape';
}

export function placedLayers(document: Document): PlacedLayer[] {
	return document.layers.filter(isPlaced);
}

/** The pictures that a document draws, by id. */
export function picturesIn(document: Document): ReadonlySet<string> {
	const photo = photoLayer(document);
	return new Set([
		...placedLayers(document).flatMap(({ fill, picture }) =>
			fill === 'picture' && picture ? [picture] : []
		),
		...(photo.background === 'picture' && photo.backgroundPicture ? [photo.backgroundPicture] : [])
	]);
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
	return { ...document, layers: document.layers.filter((layer) => layer.id !== id || !isPlaced(layer)) };
}

/** The layer at this place, counted from the bottom. */
export function moveLayer(document: Document, id: string, to: number): Document {
	const from = document.layers.findIndex((layer) => layer.id === id);
	if (from === -1) return document;
	const layer = document.layers[from]!;
	return { ...document, layers: document.layers.toSpliced(from, 1).toSpliced(to, 0, layer) };
}

/** An id that no layer has. */
export function freeId(document: Document, kind: PlacedLayer['kind'] = 'text'): string {
	const taken = new Set(document.layers.map(({ id }) => id));
	for (let number = 1; ; number++) if (!taken.has(`${kind}-${number}`)) return `${kind}-${number}`;
}

/** What the list of layers calls it. */
export function layerName(layer: Layer): string {
	if (layer.name) return layer.name;
	if (layer.kind === 'text') return layer.text.trim().replaceAll(/\s+/g, ' ').slice(0, 40) || 'Empty text';
	if (layer.kind === 'shape')
		return layer.fill === 'picture' ? 'Picture' : layer.shape[0]!.toUpperCase() + layer.shape.slice(1);
	return layer.kind === 'photo' ? 'Photo' : 'Subject';
}

/**
 * From a layer's own coordinates (around its centre) to the document's.
 *
 * @param box of what is laid out: the eye stands off in proportion to it, so that no tilt reaches it
 */
export function layerMatrix(layer: PlacedLayer, box: Box): Matrix {
	const plane = planeMatrix(layer, box);
	// Without width or height there is nothing to drag.
	return layer.corners.length === 0 || box.width === 0 || box.height === 0
		? plane
		: multiply(plane, quadToQuad(boxCorners(box), draggedCorners(layer, box)));
}

/** The same without the dragged corners. */
export function planeMatrix(layer: PlacedLayer, box: Box): Matrix {
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

/** Where the corners of a layer's box were dragged, clockwise from the top left, x and y in turn, in layer pixels. */
export function draggedCorners({ corners, size }: PlacedLayer, box: Box): number[] {
	return boxCorners(box).map((value, index) => value + (corners[index] ?? 0) * size);
}

function radians(degrees: number): number {
	return (degrees * Math.PI) / 180;
}
