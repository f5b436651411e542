import { describe, expect, it } from 'vitest';
import { ASPECTS, aspectOf, cornerTo, cropOf, within } from './crop.ts';
import { newDocument } from './document.ts';
import { readDocument } from './schema.ts';

const photo = { width: 400, height: 300 };

describe('a crop', () => {
	it.each(Object.entries(ASPECTS))('%s is as large as the photo allows and is known again', (name, ratio) => {
		const crop = cropOf(ratio, photo, { x: 390, y: 10 });
		expect(crop.width === 400 || crop.height === 300).toBe(true);
		expect(crop.x + crop.width).toBeLessThanOrEqual(400);
		expect(crop.y).toBeGreaterThanOrEqual(0);
		expect(aspectOf(crop)).toBe(name);
	});

	it('is none, or free, where it has no known proportions', () => {
		expect(aspectOf(undefined)).toBe('whole');
		expect(aspectOf({ width: 300, height: 100 })).toBe('free');
	});

	it('stays in the photo wherever it is dragged', () => {
		expect(within({ x: -50, y: 999, width: 100, height: 100 }, photo)).toEqual({
			x: 0,
			y: 200,
			width: 100,
			height: 100
		});
	});

	it.each([
		[0, { x: 20, y: 30 }, { x: 20, y: 30, width: 180, height: 170 }],
		[1, { x: 300, y: 30 }, { x: 100, y: 30, width: 200, height: 170 }],
		[2, { x: 999, y: 999 }, { x: 100, y: 100, width: 300, height: 200 }],
		[3, { x: 190, y: 110 }, { x: 184, y: 100, width: 16, height: 16 }]
	])('keeps the corner across from corner %i', (index, to, expected) => {
		expect(cornerTo({ x: 100, y: 100, width: 100, height: 100 }, index, to, photo)).toEqual(expected);
	});

	it('keeps its proportions where they were asked for, up to the photo’s edge', () => {
		const crop = cornerTo({ x: 100, y: 100, width: 160, height: 90 }, 2, { x: 500, y: 110 }, photo, 16 / 9);
		expect(crop.width / crop.height).toBeCloseTo(16 / 9, 1);
		expect(crop.x + crop.width).toBeLessThanOrEqual(400);
		expect([crop.x, crop.y]).toEqual([100, 100]);
	});

	it('beyond the photo makes no document', () => {
		const document = newDocument(photo);
		const crop = { x: 350, y: 0, width: 100, height: 100 };
		expect(() => readDocument({ ...document, crop })).toThrow('beyond the photo');
		expect(readDocument({ ...document, crop: { ...crop, x: 300 } }).crop?.x).toBe(300);
	});
});
