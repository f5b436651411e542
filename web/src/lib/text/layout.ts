// Lays a text out: shaped glyphs at their places, centred on the layer's origin.

import type { TextLayer } from '../doc/document.ts';
import type { FontLibrary, SizedFont } from '../fonts/library.ts';
import type { Box } from '../geometry/size.ts';
import { visualRuns, type Run } from './runs.ts';

export interface PlacedGlyph {
	readonly sized: SizedFont;
	readonly glyph: number;
	/** Its origin in layer pixels. */
	readonly x: number;
	readonly y: number;
	/** Layer pixels per font unit. */
	readonly scale: number;
}

/** What belongs together and is seen as one: where it is in the text, and between which x it stands. */
export interface Cluster {
	readonly start: number;
	readonly end: number;
	readonly left: number;
	readonly right: number;
	readonly rightToLeft: boolean;
}

/** A line as it is seen, for a caret to stand in. */
export interface TextLine {
	/** In the text, after its case was changed. */
	readonly start: number;
	readonly end: number;
	/** Where an empty line's caret stands. */
	readonly x: number;
	readonly baseline: number;
	/** From left to right. */
	readonly clusters: readonly Cluster[];
}

export interface TextLayout {
	readonly lines: readonly TextLine[];
	readonly glyphs: readonly PlacedGlyph[];
	/**
	 * The lines' advances, from the top of the first line's capitals to the last line's baseline, around (0, 0).
	 * So a text's centre is where the eye puts it, whatever room its font leaves above and below, and letters
	 * that reach lower do not move it.
	 */
	readonly box: Box;
	/** What is seen of it; the box where nothing is seen. */
	readonly ink: Box;
}

/** What of a text its layout depends on. */
const STYLE = [
	'text',
	'font',
	'size',
	'weight',
	'fontWidth',
	'fontSlant',
	'letterSpacing',
	'lineHeight',
	'align',
	'case',
	'wrap'
] as const;

export type TextStyle = Pick<TextLayer, (typeof STYLE)[number]>;

interface Line {
	readonly glyphs: PlacedGlyph[];
	readonly clusters: Cluster[];
	readonly width: number;
}

/** The last layouts of each library: handles, drawing and measuring ask for the same ones in every frame. */
const kept = new WeakMap<FontLibrary, Map<string, TextLayout>>();
const KEPT = 100;

/** Lays out with what the library has loaded; call `library.ensure` first. */
export function layoutText(style: TextStyle, library: FontLibrary): TextLayout {
	const key = JSON.stringify([library.generation, ...STYLE.map((name) => style[name])]);
	const layouts = kept.get(library) ?? new Map<string, TextLayout>();
	kept.set(library, layouts);
	let layout = layouts.get(key);
	if (!layout) {
		if (layouts.size >= KEPT) layouts.delete(layouts.keys().next().value!);
		layouts.set(key, (layout = layOut(style, library)));
	}
	return layout;
}

function layOut(style: TextStyle, library: FontLibrary): TextLayout {
	const pieces = linesOf(cased(style)).flatMap(({ text, start }) =>
		wrapped(text, style, library).map((piece) => ({ text: piece.text, start: start + piece.start }))
	);
	const lines = pieces.map(({ text }) => layoutLine(text, style, library));
	const main = library.faceFor(style.font, []).at(style);
	const capHeight = (main.capHeight * style.size) / main.face.unitsPerEm;
	const pitch = style.size * style.lineHeight;
	const height = capHeight + pitch * (lines.length - 1);
	const width = Math.max(...lines.map((line) => line.width));
	const start = (line: Line) =>
		({ left: -width / 2, center: -line.width / 2, right: width / 2 - line.width })[style.align];
	const glyphs = lines.flatMap((line, index) =>
		line.glyphs.map((glyph) => ({
			...glyph,
			x: glyph.x + start(line),
			y: glyph.y - height / 2 + capHeight + index * pitch
		}))
	);
	const seen = lines.map((line, index): TextLine => {
		const { text, start: from } = pieces[index]!;
		const x = start(line);
		return {
			start: from,
			end: from + text.length,
			x,
			baseline: -height / 2 + capHeight + index * pitch,
			clusters: line.clusters.map((cluster) => ({
				...cluster,
				start: from + cluster.start,
				end: from + cluster.end,
				left: x + cluster.left,
				right: x + cluster.right
			}))
		};
	});
	const box = { x: -width / 2, y: -height / 2, width, height };
	return { lines: seen, glyphs, box, ink: inkBox(glyphs) ?? box };
}

/** The text in the case that the style asks for; what the person typed stays as it is. */
export function cased({ text, case: style }: Pick<TextLayer, 'text' | 'case'>): string {
	if (style === 'upper') return text.toUpperCase();
	if (style === 'lower') return text.toLowerCase();
	if (style === 'title')
		return text
			.toLowerCase()
			.replaceAll(
				/(^|[^\p{L}\p{M}\p{N}'’])(\p{L})/gu,
				(_, before: string, letter: string) => before + letter.toUpperCase()
			);
	return text;
}

/** A stretch of a text, and where it begins. */
interface Piece {
	readonly text: string;
	readonly start: number;
}

/** Between line breaks. */
function linesOf(text: string): Piece[] {
	const pieces: Piece[] = [];
	let start = 0;
	for (const { 0: gap, index } of text.matchAll(/\r\n|\r|\n/g)) {
		pieces.push({ text: text.slice(start, index), start });
		start = index + gap.length;
	}
	return [...pieces, { text: text.slice(start), start }];
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** A line in pieces that fit the box, broken between words (which Chinese and Japanese have without spaces). */
function wrapped(line: string, style: TextStyle, library: FontLibrary): Piece[] {
	const limit = style.wrap * style.size;
	if (limit === 0) return [{ text: line, start: 0 }];
	const lines: Piece[] = [];
	let current = '';
	let start = 0;
	for (const { segment, index } of words.segment(line)) {
		const longer = current + segment;
		// What ends in a space is as wide as without it; and one word stands alone, however wide it is.
		if (current.trim() && segment.trim() && layoutLine(longer.trimEnd(), style, library).width > limit) {
			lines.push({ text: current.trimEnd(), start });
			current = segment;
			start = index;
		} else current = longer;
	}
	return [...lines, { text: current.trimEnd(), start }];
}

function inkBox(glyphs: readonly PlacedGlyph[]): Box | undefined {
	let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
	for (const { sized, glyph, x, y, scale } of glyphs) {
		const extents = sized.font.glyphExtents(glyph);
		if (!extents || extents.width === 0) continue;
		// From the origin up to the top of the glyph; its height is negative, since fonts measure y upwards.
		left = Math.min(left, x + extents.xBearing * scale);
		right = Math.max(right, x + (extents.xBearing + extents.width) * scale);
		top = Math.min(top, y - extents.yBearing * scale);
		bottom = Math.max(bottom, y - (extents.yBearing + extents.height) * scale);
	}
	return left < right ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

function layoutLine(text: string, style: TextStyle, library: FontLibrary): Line {
	const glyphs: PlacedGlyph[] = [];
	const clusters: Cluster[] = [];
	let pen = 0;
	let trailing = 0;
	for (const run of visualRuns(text, style.font, library)) {
		const sized = run.face.at(style);
		const scale = style.size / run.face.unitsPerEm;
		const gap = run.joining ? 0 : style.letterSpacing * style.size;
		let cluster = -1;
		const first = clusters.length;
		for (const shaped of shapeRun(run, sized, gap !== 0, library)) {
			// The gap goes between characters: not inside one that takes several glyphs.
			if (shaped.cluster !== cluster) {
				if (cluster !== -1) pen += gap;
				const start = run.start + shaped.cluster;
				clusters.push({ start, end: start, left: pen, right: pen, rightToLeft: run.rightToLeft });
			}
			cluster = shaped.cluster;
			glyphs.push({
				sized,
				glyph: shaped.glyph,
				x: pen + shaped.xOffset * scale,
				y: -shaped.yOffset * scale,
				scale
			});
			pen += shaped.xAdvance * scale;
			clusters[clusters.length - 1] = { ...clusters.at(-1)!, right: pen };
		}
		endClusters(clusters, first, run);
		pen += gap;
		trailing = gap;
	}
	return { glyphs, clusters, width: Math.max(0, pen - trailing) };
}

/** Each ends where the next one in the text begins. */
function endClusters(clusters: Cluster[], first: number, { start, text }: Run): void {
	const starts = clusters.slice(first).map((cluster) => cluster.start);
	const sorted = [...starts, start + text.length].sort((a, b) => a - b);
	for (let i = first; i < clusters.length; i++)
		clusters[i] = {
			...clusters[i]!,
			end: sorted.find((other) => other > clusters[i]!.start) ?? start + text.length
		};
}

interface ShapedGlyph {
	readonly glyph: number;
	readonly cluster: number;
	readonly xAdvance: number;
	readonly xOffset: number;
	readonly yOffset: number;
}

function shapeRun(run: Run, sized: SizedFont, spaced: boolean, library: FontLibrary): ShapedGlyph[] {
	const { Buffer, Direction, Feature, shape } = library.harfbuzz;
	const buffer = new Buffer();
	buffer.addText(run.text);
	buffer.guessSegmentProperties();
	buffer.setDirection(run.rightToLeft ? Direction.RTL : Direction.LTR);
	// Spaced-out letters must stay letters.
	const features = spaced ? ['liga', 'clig', 'dlig', 'hlig'].map((tag) => new Feature(tag, 0)) : [];
	shape(sized.font, buffer, features);
	const positions = buffer.getGlyphPositions();
	return buffer.getGlyphInfos().map((info, index) => {
		const { xAdvance, xOffset, yOffset } = positions[index]!;
		return { glyph: info.codepoint, cluster: info.cluster, xAdvance, xOffset, yOffset };
	});
}
