// Loads font files into HarfBuzz, once each, and says which face draws a character. No DOM: it also runs in
// workers and in Node.

import { clamp } from '../geometry/size.ts';
import type * as HarfBuzz from 'harfbuzzjs';
import {
	FALLBACK_FILES,
	family,
	meantFor,
	type FontAxes,
	type FontFamily,
	type FontFile,
	type AxisRange
} from './catalogue.ts';

/** Where the bytes of a bundled font file come from. */
export type ReadFontFile = (file: string) => Promise<ArrayBuffer>;

/** One loaded file. */
export interface Face {
	readonly file: string;
	readonly unitsPerEm: number;
	readonly has: (codePoint: number) => boolean;
	/** The font at one weight, width and slant, with its cache of outlines. */
	readonly at: (axes: FontAxes) => SizedFont;
}

/** A face at one place on its axes, in font units. */
export interface SizedFont {
	readonly face: Face;
	readonly font: HarfBuzz.Font;
	/** From the baseline to the top of its capitals. */
	readonly capHeight: number;
	/** Filled by outline.ts. */
	readonly outlines: Map<number, readonly HarfBuzz.SvgPathCommand[]>;
}

/** A slider passes hundreds of weights; only the last few are worth keeping. */
const KEPT_FONTS = 8;

/** Joiners and variation selectors belong to their neighbours and decide nothing. */
export function isIgnorable(codePoint: number): boolean {
	return (
		(codePoint >= 0x200b && codePoint <= 0x200f) ||
		(codePoint >= 0xfe00 && codePoint <= 0xfe0f) ||
		codePoint === 0xfeff
	);
}

/** A font that the person brought, with its bytes to hand on. */
export interface OwnFont {
	readonly family: FontFamily;
	readonly data: ArrayBuffer;
}

export class FontLibrary {
	readonly #read: ReadFontFile;
	readonly #faces = new Map<string, Face>();
	readonly #loading = new Map<string, Promise<void>>();
	#harfbuzz: typeof HarfBuzz | undefined;
	readonly #own = new Map<string, OwnFont>();
	#generation = 0;

	constructor(read: ReadFontFile) {
		this.#read = read;
	}

	/** Grows with each loaded face: what was laid out before may look different now. */
	get generation(): number {
		return this.#generation;
	}

	/** The person's own fonts. */
	get own(): readonly OwnFont[] {
		return [...this.#own.values()];
	}

	/** A family of the catalogue, or one of the person's own. */
	family(id: string): FontFamily {
		return this.#own.get(id)?.family ?? family(id);
	}

	/**
	 * Takes a font of the person's own. Throws an Error where it is none.
	 *
	 * @param data TrueType or OpenType
	 */
	async add(id: string, name: string, data: ArrayBuffer): Promise<OwnFont> {
		this.#harfbuzz ??= await import('harfbuzzjs');
		const hbFace = new this.#harfbuzz.Face(new this.#harfbuzz.Blob(data));
		if (hbFace.collectUnicodes().length === 0)
			throw new Error(`${name} holds no characters that can be read.`);
		const axes = hbFace.getAxisInfos();
		const [weight, width, slant] = [axes['wght'], axes['wdth'], axes['slnt']];
		const file = `${id}.ttf`;
		const own = {
			data,
			family: {
				id,
				name,
				group: 'Your own',
				// Within what a document may say.
				weight: rangeOf(weight, 1, 1000, 400),
				width: rangeOf(width, 10, 400, 100),
				slant: rangeOf(slant && { min: -slant.max, max: -slant.min }, -90, 90, 0),
				files: [{ file, ranges: [[0, 0x10ffff]] }]
			}
		} as const;
		this.#faces.set(file, openFace(this.#harfbuzz, file, data));
		this.#loading.set(file, Promise.resolve());
		this.#own.set(id, own);
		this.#generation++;
		return own;
	}

	/** HarfBuzz itself; only after `ensure`. */
	get harfbuzz(): typeof HarfBuzz {
		if (!this.#harfbuzz) throw new Error('FontLibrary.ensure comes first.');
		return this.#harfbuzz;
	}

	/**
	 * Loads what `text` needs in this family, fallbacks included.
	 * Throws what `read` throws; the next call tries again.
	 */
	async ensure(familyId: string, text: string): Promise<void> {
		this.#harfbuzz ??= await import('harfbuzzjs');
		const chain = this.#chain(familyId);
		const wanted = new Set<FontFile>(chain.slice(0, 1));
		for (const character of text) {
			const codePoint = character.codePointAt(0)!;
			// The family's own file first; the fallback's too, since a range promises more than a font holds.
			for (const file of chain) if (meantFor(file, codePoint)) wanted.add(file);
		}
		await Promise.all([...wanted].map(({ file }) => this.#load(file)));
	}

	/** Whether the family itself has been loaded. */
	isReady(familyId: string): boolean {
		return this.family(familyId).files.some(({ file }) => this.#faces.has(file));
	}

	/**
	 * The first loaded face that is meant for all of a character's code points and has them; else the first
	 * that merely has them; else the family's first, whose empty box shows that something is missing.
	 *
	 * Meant for: a subset often holds a few strangers, and a word must not be torn between two files.
	 * Only after `ensure`.
	 */
	faceFor(familyId: string, codePoints: readonly number[]): Face {
		const visible = codePoints.filter((code) => !isIgnorable(code));
		const loaded = this.#chain(familyId).filter(({ file }) => this.#faces.has(file));
		const able = loaded.filter(({ file }) => visible.every((code) => this.#faces.get(file)!.has(code)));
		const chosen =
			able.find((file) => visible.every((code) => meantFor(file, code))) ?? able[0] ?? loaded[0]!;
		return this.#faces.get(chosen.file)!;
	}

	/** The files that may hold a character: the family's own, then the fallbacks'. */
	#chain(id: string): readonly FontFile[] {
		return [...this.family(id).files, ...FALLBACK_FILES];
	}

	#load(file: string): Promise<void> {
		let loading = this.#loading.get(file);
		if (!loading) {
			loading = this.#read(file)
				.then((data) => {
					this.#faces.set(file, openFace(this.harfbuzz, file, data));
					this.#generation++;
				})
				.catch((error: unknown) => {
					this.#loading.delete(file);
					throw error;
				});
			this.#loading.set(file, loading);
		}
		return loading;
	}
}

/** The part of an axis between two ends; a fixed value where there is none. */
function rangeOf(axis: AxisRange | undefined, first: number, last: number, fixed: number): AxisRange {
	if (!axis) return { min: fixed, max: fixed };
	return { min: clamp(axis.min, first, last), max: clamp(axis.max, first, last) };
}

function openFace(harfbuzz: typeof HarfBuzz, file: string, data: ArrayBuffer): Face {
	const hbFace = new harfbuzz.Face(new harfbuzz.Blob(data));
	const codePoints = new Set(hbFace.collectUnicodes());
	const axes = hbFace.getAxisInfos();
	const fonts = new Map<string, SizedFont>();
	const face: Face = {
		file,
		unitsPerEm: hbFace.upem,
		has: (codePoint) => codePoints.has(codePoint),
		at({ weight, fontWidth, fontSlant }) {
			const asked = { wght: weight, wdth: fontWidth, slnt: -fontSlant };
			const settings = Object.entries(asked).flatMap(([tag, value]) => {
				const axis = axes[tag];
				return axis ? [[tag, Math.min(axis.max, Math.max(axis.min, value))] as const] : [];
			});
			const key = settings.join();
			let sized = fonts.get(key);
			if (!sized) {
				const font = new harfbuzz.Font(hbFace);
				font.setVariations(settings.map(([tag, value]) => new harfbuzz.Variation(tag, value)));
				const capHeight = font.getMetricPositionWithFallback(harfbuzz.MetricsTag.CAP_HEIGHT);
				sized = { face, font, capHeight, outlines: new Map() };
				if (fonts.size >= KEPT_FONTS) fonts.delete(fonts.keys().next().value!);
				fonts.set(key, sized);
			}
			return sized;
		}
	};
	return face;
}
