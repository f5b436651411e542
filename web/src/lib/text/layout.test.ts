import { beforeAll, describe, expect, it } from 'vitest';
import { nodeFontLibrary } from '../node/fonts.ts';
import { cased, layoutText, type TextStyle } from './layout.ts';
import { glyphOutline } from './outline.ts';
import { missingCharacters } from './runs.ts';

const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));
const style: TextStyle = {
	text: 'AVA',
	font: 'inter',
	size: 100,
	weight: 400,
	fontWidth: 100,
	fontSlant: 0,
	letterSpacing: 0,
	lineHeight: 1.1,
	align: 'center',
	case: 'none',
	wrap: 0
};

async function lay(change: Partial<TextStyle>) {
	const changed = { ...style, ...change };
	await fonts.ensure(changed.font, changed.text);
	return layoutText(changed, fonts);
}

/** The files that the glyphs come from, each without its hash, in the order in which they are seen. */
function files(layout: Awaited<ReturnType<typeof lay>>) {
	const seen = [...layout.glyphs].sort((a, b) => a.x - b.x).map(({ sized }) => sized.face.file.split('.')[0]);
	return [...new Set(seen)];
}

beforeAll(() => fonts.ensure('inter', style.text));

describe('the axes of a variable font', () => {
	/** Where the points of its first glyph are, from left to right. */
	const across = ({ glyphs }: Awaited<ReturnType<typeof lay>>) =>
		glyphOutline(glyphs[0]!.sized, glyphs[0]!.glyph).flatMap(({ values }) =>
			values.filter((_, i) => i % 2 === 0)
		);

	it.each(['archivo', 'roboto-flex'])('make %s narrow and wide, in order', async (font) => {
		const { min, max } = fonts.family(font).width;
		expect(min).toBeLessThan(100);
		const widths = [];
		for (const fontWidth of [min, 100, max]) widths.push((await lay({ font, fontWidth })).box.width);
		expect(widths[1]! / widths[0]!).toBeGreaterThan(1.1);
		expect(widths[2]! / widths[1]!).toBeGreaterThan(1.05);
	});

	it.each(['cairo', 'roboto-flex'])('lean %s forwards, and as far as it goes', async (font) => {
		const { max } = fonts.family(font).slant;
		expect(max).toBeGreaterThan(5);
		const [upright, leaning, farther] = await Promise.all(
			[0, max, 90].map((fontSlant) => lay({ text: 'I', font, fontSlant }))
		);
		// The same letter reaches farther to the right at its top.
		expect(Math.max(...across(leaning!))).toBeGreaterThan(Math.max(...across(upright!)) + 50);
		expect(across(farther!)).toEqual(across(leaning!));
	});

	it('say nothing to a font without them', async () => {
		const plain = await lay({ font: 'anton' });
		expect((await lay({ font: 'anton', fontWidth: 60, fontSlant: 10, weight: 900 })).ink).toEqual(plain.ink);
	});
});

describe('layoutText', () => {
	it('puts the text around its centre', async () => {
		const { box } = await lay({});
		expect(box.x + box.width / 2).toBeCloseTo(0);
		expect(box.y + box.height / 2).toBeCloseTo(0);
		expect(box.width).toBeGreaterThan(100);
	});

	it('kerns', async () => {
		const apart = (await lay({ text: 'A' })).box.width + (await lay({ text: 'V' })).box.width;
		expect((await lay({ text: 'AV' })).box.width).toBeLessThan(apart - 1);
	});

	it('grows with the size, and only with it', async () => {
		const { box } = await lay({});
		expect((await lay({ size: 250 })).box.width).toBeCloseTo(box.width * 2.5);
		expect((await lay({ size: 250 })).box.height).toBeCloseTo(box.height * 2.5);
	});

	it('follows the weight axis', async () => {
		expect((await lay({ weight: 900 })).box.width).toBeGreaterThan(
			(await lay({ weight: 100 })).box.width + 5
		);
	});

	it('adds the letter spacing between characters, not after the last', async () => {
		const { box } = await lay({});
		expect((await lay({ letterSpacing: 0.5 })).box.width).toBeCloseTo(box.width + 2 * 50);
	});

	it('takes ligatures apart when letters are spaced', async () => {
		const text = 'fi';
		const joined = await lay({ font: 'playfair-display', text });
		const spaced = await lay({ font: 'playfair-display', text, letterSpacing: 0.2 });
		expect(joined.glyphs).toHaveLength(1);
		expect(spaced.glyphs).toHaveLength(2);
	});

	it('keeps a letter and its accent together when letters are spaced', async () => {
		// No font has an x with two dots as one glyph.
		const accented = await lay({ font: 'noto-sans', text: 'x\u0308y', letterSpacing: 0.5 });
		const plain = await lay({ font: 'noto-sans', text: 'xy', letterSpacing: 0.5 });
		expect(accented.glyphs).toHaveLength(3);
		expect(accented.box.width).toBeCloseTo(plain.box.width);
	});

	it('sets lines below each other, each around the centre', async () => {
		const one = await lay({ text: 'AVAVA' });
		const three = await lay({ text: 'AVAVA\nI\r\nV' });
		expect(three.box.width).toBeCloseTo(one.box.width);
		expect(three.box.height).toBeCloseTo(one.box.height + 2 * 110);
		const rows = new Map(three.glyphs.map(({ x, y }) => [Math.round(y), x]));
		expect(rows.size).toBe(3);
	});

	it('has room for an empty text', async () => {
		const { glyphs, box } = await lay({ text: '' });
		expect(glyphs).toHaveLength(0);
		expect(box.width).toBe(0);
		expect(box.height).toBeGreaterThan(40);
	});

	it('knows where its ink is', async () => {
		const { box, ink } = await lay({ font: 'oswald', text: 'HI', size: 1000 });
		expect(ink.y).toBeCloseTo(box.y, -2);
		expect(ink.y + ink.height).toBeCloseTo(box.y + box.height, -2);
		expect(ink.width).toBeLessThan(box.width);
		const low = await lay({ font: 'oswald', text: 'gy', size: 1000 });
		expect(low.box.height).toBe(box.height);
		expect(low.ink.y + low.ink.height).toBeGreaterThan(box.y + box.height + 100);
		const space = await lay({ text: ' ' });
		expect(space.ink).toEqual(space.box);
	});

	it('shows Hebrew from right to left', async () => {
		const layout = await lay({ text: 'אב' });
		const [first, second] = layout.glyphs;
		// Shaped right to left, HarfBuzz hands out glyphs as they are seen: bet stands left of alef.
		const alef = (await lay({ text: 'א' })).glyphs[0]!.glyph;
		expect(first!.glyph).not.toBe(alef);
		expect(second!.glyph).toBe(alef);
		expect(second!.x).toBeGreaterThan(first!.x);
	});

	it('keeps Latin in place around Hebrew', async () => {
		const layout = await lay({ text: 'ab אב cd' });
		expect(files(layout)).toEqual(['inter-latin', 'noto-sans-hebrew-hebrew']);
		const latin = layout.glyphs.filter(({ sized }) => sized.face.file.startsWith('inter'));
		expect(latin.map(({ x }) => x)).toEqual([...latin.map(({ x }) => x)].sort((a, b) => a - b));
	});

	it('puts a number between Hebrew words where a reader expects it', async () => {
		const { glyphs } = await lay({ text: 'א 12 ב' });
		const alone = async (text: string) => (await lay({ text })).glyphs[0]!.glyph;
		const place = async (text: string) => {
			const glyph = await alone(text);
			return glyphs.find((placed) => placed.glyph === glyph)!.x;
		};
		const [alef, one, two, bet] = [await place('א'), await place('1'), await place('2'), await place('ב')];
		expect([bet, one, two, alef]).toEqual([bet, one, two, alef].sort((a, b) => a - b));
	});

	it('joins Arabic letters, and does not tear them apart', async () => {
		const text = 'سلام';
		const joined = await lay({ text });
		const alone = (await Promise.all(Array.from(text, (letter) => lay({ text: letter })))).flatMap(
			({ glyphs }) => glyphs
		);
		expect(joined.glyphs.map(({ glyph }) => glyph)).not.toEqual(alone.map(({ glyph }) => glyph).reverse());
		expect((await lay({ text, letterSpacing: 0.5 })).box.width).toBeCloseTo(joined.box.width);
	});

	it('does not tear a word at its tatweel', async () => {
		const layout = await lay({ text: 'مـحمد', letterSpacing: 0.5 });
		const glyphs = layout.glyphs.map(({ glyph }) => glyph);
		const alone = (await lay({ text: 'م' })).glyphs[0]!.glyph;
		// Seen from the left, the first letter is last, and not in its isolated form.
		expect(glyphs.at(-1)).not.toBe(alone);
		expect(layout.box.width).toBeCloseTo((await lay({ text: 'مـحمد' })).box.width);
	});

	it('finds characters that the family lacks in another font', async () => {
		expect(files(await lay({ font: 'anton', text: 'Ωж' })).sort()).toEqual([
			'noto-sans-cyrillic',
			'noto-sans-greek'
		]);
		expect((await lay({ font: 'anton', text: 'Ωж' })).glyphs.every(({ glyph }) => glyph !== 0)).toBe(true);
	});

	it('shows a box for a character that no font has', async () => {
		expect((await lay({ text: '𓀀' })).glyphs.map(({ glyph }) => glyph)).toEqual([0]);
		expect(missingCharacters('a𓀀 b𓀁𓀀\nא', 'inter', fonts)).toEqual(['𓀀', '𓀁']);
	});

	it('aligns lines at their left, their middle or their right', async () => {
		const lefts = async (align: TextStyle['align']) => {
			const { glyphs } = await lay({ text: 'AAAA\nA', align });
			return [glyphs[0]!.x, glyphs.at(-1)!.x];
		};
		const [first, last] = await lefts('left');
		expect(last).toBeCloseTo(first!);
		expect((await lefts('right'))[1]).toBeGreaterThan((await lefts('center'))[1]!);
		expect((await lefts('center'))[1]).toBeGreaterThan(last!);
	});

	it('breaks between words where a line would be wider than the box, never within one', async () => {
		const rows = async (text: string, wrap: number) =>
			new Set((await lay({ text, wrap })).glyphs.map(({ y }) => Math.round(y))).size;
		expect(await rows('one two three four', 0)).toBe(1);
		expect(await rows('one two three four', 5)).toBe(2);
		expect(await rows('one two three four', 1)).toBe(4);
		expect((await lay({ text: 'one two three four', wrap: 5 })).box.width).toBeLessThan(500);
	});

	it('sets another case without touching what was typed', () => {
		expect(cased({ text: 'straße don’t STOP', case: 'upper' })).toBe('STRASSE DON’T STOP');
		expect(cased({ text: 'STRASSE', case: 'lower' })).toBe('strasse');
		expect(cased({ text: 'élan vital, don’t STOP', case: 'title' })).toBe('Élan Vital, Don’t Stop');
	});

	it('joins, reorders and keeps whole what its script asks for, from whichever font has it', async () => {
		// A vowel sign that is written after its consonant and read before it; a family of three people in one picture.
		expect((await lay({ text: 'कि' })).glyphs.every(({ glyph }) => glyph !== 0)).toBe(true);
		expect((await lay({ text: '👨‍👩‍👧' })).glyphs.filter(({ glyph }) => glyph !== 0)).toHaveLength(1);
		for (const text of ['漢字', 'かな', '中文', 'नमस्ते', '👍🏽'])
			expect((await lay({ text })).glyphs.every(({ glyph }) => glyph !== 0)).toBe(true);
	});
});
