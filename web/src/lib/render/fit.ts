// How large a text is to be so that it is seen as a whole: as it is drawn, bent and tilted.

import { MIN_SIZE, shownBox, type Document, type TextChange, type TextLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { clamp } from '../geometry/size.ts';
import { layoutText } from '../text/layout.ts';
import { Outlined } from './placed.ts';

/** Nearly as wide as the picture, in its middle; nothing where nothing is seen of the text. Its font is loaded. */
export function fitted(document: Document, layer: TextLayer, fonts: FontLibrary): TextChange | undefined {
	const shown = shownBox(document);
	const size = sizeWithin(layer, fonts, 0.9 * shown.width, 0.95 * shown.height);
	if (size === undefined) return undefined;
	const seen = new Outlined({ ...layer, size }, fonts, 1).bounds();
	return { size, x: layer.x + shown.x + shown.width / 2 - seen.x - seen.width / 2 };
}

/** Other words. A text that was seen as a whole stays so: it becomes smaller where they are longer. */
export function written(document: Document, layer: TextLayer, text: string, fonts: FontLibrary): TextChange {
	const { x, width } = shownBox(document);
	// Half a pixel of the outline's rounding is not out.
	const isWithin = (one: TextLayer) => {
		const seen = new Outlined(one, fonts, 1).bounds();
		return seen.x >= x - 0.5 && seen.x + seen.width <= x + width + 0.5;
	};
	const after = { ...layer, text };
	if (!fonts.isReady(layer.font) || !isWithin(layer) || isWithin(after)) return { text };
	// To both sides of where it stands.
	const room = 2 * Math.min(layer.x - x, x + width - layer.x);
	const size = sizeWithin(after, fonts, 0.94 * (room > 0 ? room : width), Infinity);
	return { text, ...(size && { size }) };
}

/** The size at which a text with another look is as wide as before. The fonts of both are loaded. */
export function asWide(before: TextLayer, after: TextLayer, fonts: FontLibrary): number {
	const [was, is] = [layoutText(before, fonts).box.width, layoutText(after, fonts).box.width];
	return is > 0 ? clamp((before.size * was) / is, MIN_SIZE, 1e4) : before.size;
}

function sizeWithin(layer: TextLayer, fonts: FontLibrary, width: number, height: number): number | undefined {
	const seen = new Outlined(layer, fonts, 1).bounds();
	if (!(seen.width > 0 && seen.height > 0)) return undefined;
	return clamp(layer.size * Math.min(width / seen.width, height / seen.height), MIN_SIZE, 1e5);
}
