import { describe, expect, it } from 'vitest';
import { wayIntoSight } from './place.ts';

/** A picture whose subject fills what the test says, by shares. */
const grid = (isSubject: (x: number, y: number) => boolean) => ({
	width: 40,
	height: 40,
	alpha: Array.from({ length: 1600 }, (_, i) => (isSubject((i % 40) / 40, Math.floor(i / 40) / 40) ? 255 : 0))
});
const box = { x: 0.1, y: 0.3, width: 0.8, height: 0.15 };

describe('the place of a first text', () => {
	it('stays where it is seen', () => {
		expect(
			wayIntoSight(
				grid((x) => x > 0.4 && x < 0.6),
				box
			)
		).toBe(0);
		expect(
			wayIntoSight(
				grid(() => false),
				box
			)
		).toBe(0);
	});

	it('is above a subject that fills the picture from below', () => {
		const way = wayIntoSight(
			grid((_, y) => y > 0.15),
			box
		);
		expect(box.y + way).toBeLessThan(0.12);
		expect(box.y + way).toBeGreaterThan(0);
	});

	it('is below one that hangs from the top', () => {
		const way = wayIntoSight(
			grid((_, y) => y < 0.7),
			box
		);
		expect(box.y + way + box.height).toBeGreaterThan(0.7);
		expect(box.y + way + box.height).toBeLessThan(1);
	});

	it('is somewhere in the picture where all of it is subject', () => {
		const way = wayIntoSight(
			grid(() => true),
			box
		);
		expect(box.y + way).toBeGreaterThanOrEqual(0);
		expect(box.y + way + box.height).toBeLessThanOrEqual(1);
	});
});
