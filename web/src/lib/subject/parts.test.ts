import { describe, expect, it } from 'vitest';
import { keepLeftOut, leaveOut, partsOf } from './parts.ts';

const SIZE = { width: 800, height: 400 };

/** Discs with a soft edge. */
function discs(...all: readonly (readonly [x: number, y: number, radius: number])[]) {
	const rgba = new Uint8ClampedArray(SIZE.width * SIZE.height * 4);
	for (let y = 0; y < SIZE.height; y++)
		for (let x = 0; x < SIZE.width; x++)
			for (const [cx, cy, radius] of all) {
				const alpha = (radius - Math.hypot(x - cx, y - cy)) * 20 + 128;
				const i = 4 * (y * SIZE.width + x) + 3;
				rgba[i] = Math.max(rgba[i]!, alpha);
			}
	return rgba;
}
const alphaAt = (rgba: Uint8ClampedArray, x: number, y: number) => rgba[4 * (y * SIZE.width + x) + 3];

describe('subjects that stand apart', () => {
	it('are found from the left to the right, and specks are none', () => {
		const parts = partsOf(discs([600, 200, 90], [150, 200, 100], [400, 30, 5]), SIZE);
		expect(parts).toHaveLength(2);
		expect(parts[0]!.point.x).toBeCloseTo(150, -1);
		expect(parts[1]!.point.x).toBeCloseTo(600, -1);
		expect(parts[0]!.box.width).toBeGreaterThan(190);
	});

	it('that touch are one', () => {
		expect(partsOf(discs([300, 200, 100], [460, 200, 100]), SIZE)).toHaveLength(1);
	});

	it('takes a subject that fills the photo', () => {
		const size = { width: 800, height: 800 };
		const [part] = partsOf(new Uint8ClampedArray(4 * 800 * 800).fill(255), size);
		expect(part!.box.width).toBeCloseTo(800);
		expect(part!.box.height).toBeCloseTo(800);
	});

	it('are left out with their soft edge, and the others stay as they are', () => {
		const rgba = discs([600, 200, 90], [150, 200, 100]);
		const before = rgba.slice();
		const [left] = partsOf(rgba, SIZE);
		leaveOut(rgba, SIZE, [left!.point]);
		for (let y = 0; y < SIZE.height; y++) for (let x = 0; x < 300; x++) expect(alphaAt(rgba, x, y)).toBe(0);
		for (let y = 0; y < SIZE.height; y += 7)
			for (let x = 450; x < SIZE.width; x += 7) expect(alphaAt(rgba, x, y)).toBe(alphaAt(before, x, y));
	});

	it('that were left out come back from a painting beside them, unless somebody painted there', () => {
		const whole = discs([600, 200, 90], [150, 200, 100]);
		const [left, right] = partsOf(whole, SIZE);
		const without = whole.slice();
		leaveOut(without, SIZE, [left!.point, right!.point]);
		const painted = without.slice();
		for (let y = 190; y < 210; y++)
			for (let x = 590; x < 610; x++) painted[4 * (y * SIZE.width + x) + 3] = 255;
		const still = keepLeftOut(painted, whole, SIZE, [left!.point, right!.point]);
		for (let x = 0; x < 300; x += 3) expect(alphaAt(painted, x, 200)).toBe(alphaAt(whole, x, 200));
		expect(alphaAt(painted, 600, 200)).toBe(255);
		expect(alphaAt(painted, 600, 150), 'was left out, and painted on').toBe(0);
		// What was painted is not left out by the next look at it.
		expect(still).toEqual([left!.point]);
		leaveOut(painted, SIZE, still);
		expect(alphaAt(painted, 600, 200)).toBe(255);
		expect(alphaAt(painted, 150, 200)).toBe(0);
	});

	it('stay where a point is on none of them', () => {
		const rgba = discs([150, 200, 100]);
		const before = rgba.slice();
		leaveOut(rgba, SIZE, [{ x: 700, y: 50 }]);
		expect(rgba).toEqual(before);
	});
});
