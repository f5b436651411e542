// The outlines of glyphs, and their projection onto a path.

import type { SvgPathCommand } from 'harfbuzzjs';
import { project, type Matrix } from '../geometry/matrix.ts';
import type { PlacedGlyph } from './layout.ts';

/** What a path is drawn with: a canvas has it, and so has Path2D. */
export type PathSink = Pick<
	CanvasPath,
	'moveTo' | 'lineTo' | 'quadraticCurveTo' | 'bezierCurveTo' | 'closePath'
>;

export type GlyphSource = Pick<PlacedGlyph, 'sized' | 'glyph' | 'x' | 'y' | 'scale'>;

/** A glyph's outline in font units, y upwards; kept with its font. */
export function glyphOutline(sized: PlacedGlyph['sized'], glyph: number): readonly SvgPathCommand[] {
	let outline = sized.outlines.get(glyph);
	if (!outline) {
		outline = sized.font.glyphToJson(glyph);
		sized.outlines.set(glyph, outline);
	}
	return outline;
}

/** Draws glyphs with every point sent through `matrix`, which must be affine: only then do control points follow. */
export function drawGlyphs(glyphs: readonly GlyphSource[], matrix: Matrix, path: PathSink): void {
	for (const { sized, glyph, x, y, scale } of glyphs) {
		for (const { type, values } of glyphOutline(sized, glyph)) {
			const p = [];
			// Fonts measure y upwards.
			for (let i = 0; i < values.length; i += 2)
				p.push(project(matrix, x + values[i]! * scale, y - values[i + 1]! * scale));
			if (type === 'M') path.moveTo(p[0]!.x, p[0]!.y);
			else if (type === 'L') path.lineTo(p[0]!.x, p[0]!.y);
			else if (type === 'Q') path.quadraticCurveTo(p[0]!.x, p[0]!.y, p[1]!.x, p[1]!.y);
			else if (type === 'C') path.bezierCurveTo(p[0]!.x, p[0]!.y, p[1]!.x, p[1]!.y, p[2]!.x, p[2]!.y);
			else path.closePath();
		}
	}
}
