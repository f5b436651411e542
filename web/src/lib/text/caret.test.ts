import { beforeAll, describe, expect, it } from 'vitest';
import { textLayer } from '../doc/schema.ts';
import { nodeFontLibrary } from '../node/fonts.ts';
import { caretAt, laidOutIndex, selectionIn } from './caret.ts';
import { layoutText } from './layout.ts';

const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));
const layer = (text: string, change = {}) =>
	textLayer({ kind: 'text', id: 't', text, font: 'inter', size: 100, x: 0, y: 0, ...change });
const carets = (text: string, change = {}) => {
	const made = layer(text, change);
	const layout = layoutText(made, fonts);
	return Array.from({ length: text.length + 1 }, (_, index) => caretAt(layout, laidOutIndex(made, index)));
};

beforeAll(async () => {
	await fonts.ensure('inter', 'Abcdefghijklmnop ß');
	await fonts.ensure('inter', 'سلام');
});

describe('a caret', () => {
	it('goes from the left edge to the right one', () => {
		const { box } = layoutText(layer('abc'), fonts);
		const xs = carets('abc').map(({ x }) => x);
		expect(xs[0]).toBeCloseTo(box.x);
		expect(xs[3]).toBeCloseTo(box.x + box.width);
		expect(xs).toEqual(xs.toSorted((a, b) => a - b));
	});

	it('knows lines, empty ones too, and where they were wrapped', () => {
		const lines = carets('ab\n\ncd').map(({ line }) => line.baseline);
		expect(new Set(lines).size).toBe(3);
		expect(lines[2]).toBe(lines[0]);
		expect(lines[4]).toBe(lines[6]);
		const wrapped = carets('abcd efgh', { wrap: 3 }).map(({ line }) => line.baseline);
		expect(wrapped[5]).toBeGreaterThan(wrapped[0]!);
		expect(wrapped[5]).toBe(wrapped[9]);
	});

	it('goes from right to left where the script does', () => {
		const xs = carets('سلام').map(({ x }) => x);
		expect(xs).toEqual(xs.toSorted((a, b) => b - a));
		const { box } = layoutText(layer('سلام'), fonts);
		expect(xs[0]).toBeCloseTo(box.x + box.width);
		expect(xs[4]).toBeCloseTo(box.x);
	});

	it('follows a case that changes how long the text is', () => {
		const xs = carets('aßb', { case: 'upper' }).map(({ x }) => x);
		const { box } = layoutText(layer('aßb', { case: 'upper' }), fonts);
		expect(xs[3]).toBeCloseTo(box.x + box.width);
		expect(xs[2]! - xs[1]!).toBeGreaterThan(1.5 * (xs[1]! - xs[0]!) * 0.8);
	});

	it('marks what is selected, over several lines', () => {
		const made = layer('abc\ndef');
		const marked = selectionIn(layoutText(made, fonts), 1, 5);
		expect(marked).toHaveLength(3);
		expect(new Set(marked.map(({ line }) => line.baseline)).size).toBe(2);
		expect(marked.every(({ left, right }) => right > left)).toBe(true);
	});
});
