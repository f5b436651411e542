// The bundled font families as the build found them: weights, files, and which characters each file is for.

import catalogue from './catalogue.json' with { type: 'json' };
import { clamp } from '../geometry/size.ts';
import { FALLBACKS, FAMILIES, type FontGroup } from './families.ts';

export interface FontFile {
	readonly file: string;
	/** Pairs of first and last code point. */
	readonly ranges: readonly (readonly [number, number])[];
}

export interface AxisRange {
	readonly min: number;
	readonly max: number;
}

/** Where a text stands on the axes of a variable font. */
export interface FontAxes {
	/** 400 is regular, 700 is bold. */
	readonly weight: number;
	/** Per cent of the normal width. */
	readonly fontWidth: number;
	/** Degrees, forwards. */
	readonly fontSlant: number;
}

export interface FontFamily {
	readonly id: string;
	readonly name: string;
	readonly group: FontGroup;
	/** What its weight axis allows; equal ends where it comes in one weight. */
	readonly weight: AxisRange;
	/** The same for its width, in per cent. */
	readonly width: AxisRange;
	/** The same for its slant, in degrees, forwards. */
	readonly slant: AxisRange;
	readonly files: readonly FontFile[];
}

const byId = new Map((catalogue.families as unknown as FontFamily[]).map((family) => [family.id, family]));

/** The family of this id; Anton where a document names one that is not here. */
export function family(id: string): FontFamily {
	return byId.get(id) ?? byId.get('anton')!;
}

/** The nearest that a family has. */
export function onAxes({ weight, width, slant }: FontFamily, asked: FontAxes): FontAxes {
	return {
		weight: clamp(asked.weight, weight.min, weight.max),
		fontWidth: clamp(asked.fontWidth, width.min, width.max),
		fontSlant: clamp(asked.fontSlant, slant.min, slant.max)
	};
}

/** What the font menu offers, in its order. */
export const MENU: readonly FontFamily[] = FAMILIES.map(({ id }) => family(id));

/** Asked in this order for what a family lacks. */
export const FALLBACK_FILES: readonly FontFile[] = FALLBACKS.flatMap(({ id }) => family(id).files);

export function meantFor(file: FontFile, codePoint: number): boolean {
	return file.ranges.some(([first, last]) => codePoint >= first && codePoint <= last);
}
