// The bundled font families as the build found them: weights, files, and which characters each file is for.

import catalogue from './catalogue.json' with { type: 'json' };
import { FALLBACKS, FAMILIES, type FontGroup } from './families.ts';

export interface FontFile {
	readonly file: string;
	/** Pairs of first and last code point. */
	readonly ranges: readonly (readonly [number, number])[];
}

export interface FontFamily {
	readonly id: string;
	readonly name: string;
	readonly group: FontGroup;
	/** What its weight axis allows; equal ends where it comes in one weight. */
	readonly weight: { readonly min: number; readonly max: number };
	readonly files: readonly FontFile[];
}

const byId = new Map((catalogue.families as unknown as FontFamily[]).map((family) => [family.id, family]));

/** The family of this id; Anton where a document names one that is not here. */
export function family(id: string): FontFamily {
	return byId.get(id) ?? byId.get('anton')!;
}

/** What the font menu offers, in its order. */
export const MENU: readonly FontFamily[] = FAMILIES.map(({ id }) => family(id));

/** Asked in this order for what a family lacks. */
export const FALLBACK_FILES: readonly FontFile[] = FALLBACKS.flatMap(({ id }) => family(id).files);

export function meantFor(file: FontFile, codePoint: number): boolean {
	return file.ranges.some(([first, last]) => codePoint >= first && codePoint <= last);
}
