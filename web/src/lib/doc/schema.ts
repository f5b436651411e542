// What a document may say: every field with its range and its default. Units are document pixels, em or degrees.
// One table, which is why it is longer than a file should be.

import * as v from 'valibot';

const number = (low: number, high: number, standard: number) =>
	v.optional(v.pipe(v.number(), v.minValue(low), v.maxValue(high)), standard);
const anywhere = v.pipe(v.number(), v.minValue(-1e6), v.maxValue(1e6));
const choice = <const T extends readonly string[]>(options: T, standard: T[number]) =>
	v.optional(v.picklist(options), standard);
const colour = (standard: string) => v.optional(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i)), standard);
const flag = v.optional(v.boolean(), false);
const short = v.pipe(v.string(), v.maxLength(200));
/** Of a picture that the person brought, or '' for none. */
const pictureId = v.optional(v.pipe(v.string(), v.regex(/^([0-9a-f]{32})?$/)), '');

export const BLENDS = [
	'normal',
	'multiply',
	'screen',
	'overlay',
	'soft-light',
	'hard-light',
	'color-dodge',
	'color-burn',
	'darken',
	'lighten',
	'difference',
	'exclusion',
	'hue',
	'saturation',
	'color',
	'luminosity'
] as const;
export const ALIGNMENTS = ['left', 'center', 'right'] as const;
export const CASES = ['none', 'upper', 'lower', 'title'] as const;
export const FILLS = ['colour', 'linear', 'radial', 'picture', 'none'] as const;
export const STROKE_POSITIONS = ['outside', 'centre', 'inside'] as const;
export const JOINS = ['round', 'miter', 'bevel'] as const;
export const SHAPES = ['rectangle', 'ellipse', 'line', 'arrow', 'star', 'heart'] as const;
export const BENDS = ['arc', 'circle', 'wave', 'flag'] as const;

/** What every layer has. */
const layer = {
	id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
	/** What the person calls it; empty: named after what it is. */
	name: v.optional(short, ''),
	hidden: flag,
	locked: flag,
	opacity: number(0, 1, 1),
	blend: choice(BLENDS, 'normal')
};

/** Lengths in em survive a change of size: the look stays. */
const shadow = v.object({
	colour: colour('#000000'),
	opacity: number(0, 1, 0.6),
	/** em */
	blur: number(0, 2, 0.1),
	/** em */
	distance: number(0, 3, 0.08),
	/** Degrees, clockwise from the right. */
	angle: number(-180, 180, 90)
});

/** What texts and shapes have alike: fill, edge, depth, and where they stand. An em is the text's, or a shape's height. */
const styled = {
	...layer,
	/** Em size in document pixels. */
	size: v.pipe(v.number(), v.minValue(1), v.maxValue(1e5)),
	fill: choice(FILLS, 'colour'),
	colour: colour('#ffffff'),
	/** Which of the document's pictures fills it; '' for none. */
	picture: pictureId,
	/** Where a gradient ends. */
	colour2: colour('#ff6a3d'),
	/** Degrees, clockwise from the right. */
	gradientAngle: number(-180, 180, 90),

	/** em; 0: none. */
	strokeWidth: number(0, 0.5, 0),
	strokeColour: colour('#111111'),
	strokePosition: choice(STROKE_POSITIONS, 'outside'),
	strokeJoin: choice(JOINS, 'round'),

	shadows: v.optional(v.pipe(v.array(shadow), v.maxLength(8)), []),
	/** Radius in em; 0: none. */
	glow: number(0, 1, 0),
	glowColour: colour('#ffd23f'),

	/** 0: no box behind it. */
	boxOpacity: number(0, 1, 0),
	boxColour: colour('#111111'),
	/** em */
	boxPadding: number(0, 2, 0.25),
	/** em */
	boxRadius: number(0, 2, 0.15),

	/** em; 0: flat. */
	extrusionDepth: number(0, 2, 0),
	/** Degrees, clockwise from the right: where the sides go. */
	extrusionAngle: number(-180, 180, 45),
	extrusionColour: colour('#b3401c'),
	/** The band along the front's edge that the light falls on, em; 0: none. */
	bevel: number(0, 0.2, 0),
	/** Where the light on the sides and on the bevel comes from: degrees, clockwise from the right. */
	lightAngle: number(-180, 180, -127),

	/** Degrees. X tips the top away, Y the right side, Z turns within the tipped plane. */
	tiltX: number(-80, 80, 0),
	tiltY: number(-80, 80, 0),
	tiltZ: number(-180, 180, 0),
	/** 0: parallel; 1: the strongest. */
	perspective: number(0, 1, 0.6),
	/** Degrees. */
	skewX: number(-60, 60, 0),
	skewY: number(-60, 60, 0),
	bendKind: choice(BENDS, 'arc'),
	bend: number(-1, 1, 0),

	/** How far each corner of its box was dragged, clockwise from the top left, x and y in turn, em; or nothing. */
	corners: v.optional(
		v.pipe(
			v.array(v.pipe(v.number(), v.minValue(-20), v.maxValue(20))),
			v.check((all) => all.length === 0 || all.length === 8, 'Four corners have eight numbers.')
		),
		[]
	),

	/** Degrees, clockwise, around its centre, in the picture's plane. */
	rotation: number(-180, 180, 0),
	/** Its centre. */
	x: anywhere,
	y: anywhere
};

const text = v.object({
	...styled,
	kind: v.literal('text'),
	text: v.pipe(v.string(), v.maxLength(5000)),
	/** A family of the font catalogue, or one of the person's own. */
	font: v.pipe(v.string(), v.maxLength(100)),
	/** On the family's weight axis. */
	weight: number(1, 1000, 700),
	/** On its width axis, in per cent, where it has one. */
	fontWidth: number(10, 400, 100),
	/** On its slant axis, in degrees, forwards, where it has one. */
	fontSlant: number(-90, 90, 0),
	/** Added between characters, em. */
	letterSpacing: number(-1, 5, 0),
	/** Distance of baselines, em. */
	lineHeight: number(0.3, 4, 1.1),
	align: choice(ALIGNMENTS, 'center'),
	case: choice(CASES, 'none'),
	/** Lines break before they are wider than this, em; 0: only where the text says so. */
	wrap: number(0, 100, 0)
});

const shape = v.object({
	...styled,
	kind: v.literal('shape'),
	shape: v.picklist(SHAPES),
	/** Its width, as a multiple of its height. */
	aspect: number(0.01, 100, 1),
	/** Of a rectangle's corners, em. */
	cornerRadius: number(0, 0.5, 0)
});

const photo = v.object({
	...layer,
	kind: v.literal('photo'),
	/** -1 to 1; 0 leaves the photo as it is. */
	brightness: number(-1, 1, 0),
	contrast: number(-1, 1, 0),
	saturation: number(-1, 1, 0),
	/** Of the background alone: standard deviation as a share of the photo's longer side. */
	blur: number(0, 0.05, 0),
	/** What stands in the background's place. */
	background: choice(['photo', 'colour', 'gradient', 'picture'], 'photo'),
	backgroundPicture: pictureId,
	backgroundColour: colour('#1b2a4a'),
	backgroundColour2: colour('#e8543c')
});

const subject = v.object({
	...layer,
	kind: v.literal('subject'),
	/** Softens the edge: standard deviation as a share of the photo's longer side. */
	feather: number(0, 0.02, 0),
	/** The background's share is taken out of the soft edge's colours. */
	cleanEdges: v.optional(v.boolean(), true),
	/** Points of subjects that stand apart from the others and are left out. */
	leftOut: v.optional(v.pipe(v.array(v.object({ x: anywhere, y: anywhere })), v.maxLength(50)), []),
	/** Moves the edge out (or in), as a share of the photo's longer side. */
	grow: number(-0.01, 0.01, 0),
	/** A line around the subject, as a share of the photo's longer side. */
	outline: number(0, 0.03, 0),
	outlineColour: colour('#ffffff'),
	/** Opacity of its shadow on what is behind. */
	shadow: number(0, 1, 0),
	/** As shares of the photo's longer side. */
	shadowBlur: number(0, 0.1, 0.02),
	shadowDistance: number(0, 0.1, 0.01),
	shadowAngle: number(-180, 180, 90)
});

const size = v.object({
	width: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
	height: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))
});

export const MOST_LAYERS = 500;

/** At least this wide and high, in document pixels. */
export const SMALLEST_CROP = 16;
const side = v.pipe(v.number(), v.minValue(SMALLEST_CROP), v.maxValue(100_000));
const crop = v.object({
	x: v.pipe(v.number(), v.minValue(0)),
	y: v.pipe(v.number(), v.minValue(0)),
	width: side,
	height: side
});

const documentSchema = v.pipe(
	v.object({
		version: v.literal(1),
		/** The photo's size. */
		size,
		/** The part that is shown and exported, in document pixels; all of it where nothing is said. */
		crop: v.optional(crop),
		/** From the bottom up. */
		layers: v.pipe(
			v.array(v.variant('kind', [photo, text, shape, subject])),
			v.maxLength(MOST_LAYERS),
			v.check(
				(layers) => new Set(layers.map(({ id }) => id)).size === layers.length,
				'Two layers share a name.'
			),
			v.check(
				(layers) => ['photo', 'subject'].every((kind) => layers.filter((l) => l.kind === kind).length === 1),
				'A document has one photo and one subject.'
			)
		)
	}),
	v.check(
		({ size, crop }) =>
			!crop || (crop.x + crop.width <= size.width + 0.5 && crop.y + crop.height <= size.height + 0.5),
		'The crop reaches beyond the photo.'
	)
);

type Frozen<T> = T extends readonly (infer Item)[]
	? readonly Frozen<Item>[]
	: T extends object
		? { readonly [Key in keyof T]: Frozen<T[Key]> }
		: T;

export type Shadow = Frozen<v.InferOutput<typeof shadow>>;
export type TextLayer = Frozen<v.InferOutput<typeof text>>;
export type ShapeLayer = Frozen<v.InferOutput<typeof shape>>;
export type PhotoLayer = Frozen<v.InferOutput<typeof photo>>;
export type SubjectLayer = Frozen<v.InferOutput<typeof subject>>;
/** What stands somewhere in the picture; there may be many. */
export type PlacedLayer = TextLayer | ShapeLayer;
export type Layer = PlacedLayer | PhotoLayer | SubjectLayer;
export type Document = Frozen<v.InferOutput<typeof documentSchema>>;
export type ShapeKind = (typeof SHAPES)[number];
export type Blend = (typeof BLENDS)[number];

/** A text layer that says only what it must; the rest is filled in. */
export function textLayer(given: v.InferInput<typeof text>): TextLayer {
	return v.parse(text, given);
}

/** A shape that says only what it must; the rest is filled in. */
export function shapeLayer(given: v.InferInput<typeof shape>): ShapeLayer {
	return v.parse(shape, given);
}

export function shadowOf(given: v.InferInput<typeof shadow>): Shadow {
	return v.parse(shadow, given);
}

/**
 * Reads a document from JSON that may come from anywhere; missing fields take their defaults.
 *
 * Throws an Error that names the field, what was got and what was wanted.
 */
export function readDocument(json: unknown): Document {
	const read = v.safeParse(documentSchema, json, { abortEarly: true });
	if (read.success) return read.output;
	const [issue] = read.issues;
	throw new Error(`This document can't be read: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

/** Reads texts and shapes that were copied; throws as `readDocument` does. */
export function readLayers(json: unknown): PlacedLayer[] {
	const read = v.safeParse(v.pipe(v.array(v.variant('kind', [text, shape])), v.maxLength(200)), json, {
		abortEarly: true
	});
	if (read.success) return read.output;
	throw new Error(`These layers can't be read: ${read.issues[0].message}`);
}
