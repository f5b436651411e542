// What a placed layer is made of before it is bent and tilted: a text's glyphs, or a shape's outline.

import type { PlacedLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import type { Box } from '../geometry/size.ts';
import { flattenGlyphs, type Polygon, type Warp } from '../text/flatten.ts';
import { layoutText, type PlacedGlyph } from '../text/layout.ts';
import { shapeBox, shapeOutline } from './outline.ts';

export interface Body {
	/** None in a shape. */
	readonly glyphs: readonly PlacedGlyph[];
	/** What it is centred by; see `TextLayout`. */
	readonly box: Box;
	/** What is seen of it. */
	readonly ink: Box;
}

/** Whether all is there to draw it with. */
export function isReady(layer: PlacedLayer, fonts: FontLibrary): boolean {
	return layer.kind === 'shape' || fonts.isReady(layer.font);
}

export function bodyOf(layer: PlacedLayer, fonts: FontLibrary): Body {
	if (layer.kind === 'text') return layoutText(layer, fonts);
	const box = shapeBox(layer);
	return { glyphs: [], box, ink: box };
}

/** Its outline in layer pixels, bent; see `flattenGlyphs`. */
export function outlineOf(
	layer: PlacedLayer,
	{ glyphs }: Body,
	tolerance: number,
	warp?: Warp,
	longest = Infinity
): Polygon[] {
	return layer.kind === 'text'
		? flattenGlyphs(glyphs, tolerance, warp, longest)
		: [shapeOutline(layer, tolerance, warp, longest)];
}
