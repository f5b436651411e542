// What layers, shapes and blend modes are called, in the person's language.

import { layerName, type Layer } from '#lib/doc/document.ts';
import type { Blend, ShapeKind } from '#lib/doc/schema.ts';
import { m } from '#lib/i18n/messages.js';

export function shownName(layer: Layer): string {
	if (layer.name) return layer.name;
	if (layer.kind === 'text') return layer.text.trim() ? layerName(layer) : m.empty_text();
	if (layer.kind === 'shape') return layer.fill === 'picture' ? m.picture() : shapeName(layer.shape);
	return layer.kind === 'photo' ? m.photo() : m.subject();
}

export function shapeName(shape: ShapeKind): string {
	return m[shape]();
}

export function blendName(blend: Blend): string {
	return m[`blend_${blend.replaceAll('-', '_') as 'normal'}`]();
}
