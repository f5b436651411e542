// The document: plain versioned JSON that says all that the editor can draw. Units are document pixels.

import { multiply, rotationZ, translation, type Matrix } from '../geometry/matrix.ts';
import type { Size } from '../geometry/size.ts';

export interface PhotoLayer {
	readonly kind: 'photo';
	readonly id: string;
}

export interface SubjectLayer {
	readonly kind: 'subject';
	readonly id: string;
}

export interface TextLayer {
	readonly kind: 'text';
	readonly id: string;
	readonly text: string;
	/** A family of the font catalogue. */
	readonly font: string;
	/** Em size in document pixels. */
	readonly size: number;
	/** On the family's weight axis, 1 to 1000. */
	readonly weight: number;
	/** Added between characters, in em, so that it survives a change of size. */
	readonly letterSpacing: number;
	/** #rrggbb */
	readonly colour: string;
	/** 0 to 1 */
	readonly opacity: number;
	/** Degrees, clockwise, around the text's centre. */
	readonly rotation: number;
	/** The text's centre. */
	readonly x: number;
	readonly y: number;
}

export type Layer = PhotoLayer | TextLayer | SubjectLayer;

export interface Document {
	readonly version: 1;
	/** The photo's size. */
	readonly size: Size;
	/** From the bottom up. */
	readonly layers: readonly Layer[];
}

/** The smallest em size that a text may have, in document pixels. */
export const MIN_SIZE = 4;

/** What a text layer may be changed in. */
export type TextChange = Partial<Omit<TextLayer, 'kind' | 'id'>>;

/** A photo, a text over its upper third, and the subject in front of both. */
export function newDocument(size: Size): Document {
	return {
		version: 1,
		size,
		layers: [
			{ kind: 'photo', id: 'photo' },
			{
				kind: 'text',
				id: 'text-1',
				text: 'BEHIND',
				font: 'oswald',
				size: Math.round(Math.min(size.width * 0.28, size.height * 0.42)),
				weight: 700,
				letterSpacing: 0,
				colour: '#ffffff',
				opacity: 1,
				rotation: 0,
				x: size.width / 2,
				y: size.height * 0.36
			},
			{ kind: 'subject', id: 'subject' }
		]
	};
}

/** The same document over another photo: texts keep their look and their place in the picture. */
export function overPhoto(document: Document, size: Size): Document {
	const x = size.width / document.size.width;
	const y = size.height / document.size.height;
	// By the short sides: a way there and back leads to the same size.
	const scale = Math.min(size.width, size.height) / Math.min(document.size.width, document.size.height);
	return {
		...document,
		size,
		layers: document.layers.map((layer) =>
			layer.kind === 'text' ? { ...layer, x: layer.x * x, y: layer.y * y, size: layer.size * scale } : layer
		)
	};
}

export function textLayers(document: Document): TextLayer[] {
	return document.layers.filter((layer) => layer.kind === 'text');
}

/** The same document with one text layer changed. */
export function changeText(document: Document, id: string, change: TextChange): Document {
	return {
		...document,
		layers: document.layers.map((layer) =>
			layer.id === id && layer.kind === 'text' ? { ...layer, ...change } : layer
		)
	};
}

/** From the text's own coordinates (around its centre) to the document's. */
export function layerMatrix(layer: TextLayer): Matrix {
	return multiply(translation(layer.x, layer.y), rotationZ((layer.rotation * Math.PI) / 180));
}
