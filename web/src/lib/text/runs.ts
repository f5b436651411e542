// A line of text in pieces that one face can shape in one direction, in the order in which they are seen.

import bidiFactory from 'bidi-js';
import { isIgnorable, type Face, type FontLibrary } from '../fonts/library.ts';

export interface Run {
	readonly text: string;
	/** Where it begins in its line. */
	readonly start: number;
	readonly face: Face;
	readonly rightToLeft: boolean;
	/** Its letters join (Arabic, Syriac, Mongolian…): a gap between them would break the word. */
	readonly joining: boolean;
}

const bidi = bidiFactory();
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
// By extension: the tatweel that lengthens a word is of no script alone.
const JOINING = /^[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Nko}\p{scx=Mongolian}\p{scx=Mandaic}]/u;

/** Splits a line (without line breaks) by direction, font and joining; from left to right as seen. */
export function visualRuns(line: string, familyId: string, library: FontLibrary): Run[] {
	const { levels } = bidi.getEmbeddingLevels(line);
	const runs: (Run & { level: number })[] = [];
	for (const { segment, index } of graphemes.segment(line)) {
		const face = library.faceFor(
			familyId,
			Array.from(segment, (character) => character.codePointAt(0)!)
		);
		const level = levels[index]!;
		const joining = JOINING.test(segment);
		const last = runs.at(-1);
		if (last && last.face === face && last.level === level && last.joining === joining)
			runs[runs.length - 1] = { ...last, text: last.text + segment };
		else runs.push({ text: segment, start: index, face, level, rightToLeft: level % 2 === 1, joining });
	}
	return reordered(runs);
}

/** The characters of a text that no loaded font has, each once. */
export function missingCharacters(text: string, familyId: string, library: FontLibrary): string[] {
	const missing = new Set<string>();
	for (const { segment } of graphemes.segment(text)) {
		const codePoints = Array.from(segment, (character) => character.codePointAt(0)!);
		const { has } = library.faceFor(familyId, codePoints);
		if (segment.trim() && !codePoints.every((code) => isIgnorable(code) || has(code))) missing.add(segment);
	}
	return [...missing];
}

/** Unicode's rule L2: from the highest level down to the lowest odd one, turn each stretch around. */
function reordered<T extends { level: number }>(runs: T[]): T[] {
	const highest = Math.max(0, ...runs.map(({ level }) => level));
	for (let level = highest; level >= 1; level--) {
		for (let start = 0; start < runs.length; start++) {
			if (runs[start]!.level < level) continue;
			let end = start;
			while (end < runs.length && runs[end]!.level >= level) end++;
			runs.splice(start, end - start, ...runs.slice(start, end).reverse());
			start = end;
		}
	}
	return runs;
}
