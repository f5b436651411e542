import { describe, expect, it } from 'vitest';
import { snapAngle, snapBox } from './snap.ts';

const picture = { x: 0, y: 0, width: 600, height: 300 };
const at = (x: number, y: number) =>
	snapBox({ x: x - 50, y: y - 10, width: 100, height: 20 }, { x, y }, picture, [], 5);

describe('snapping', () => {
	it('pulls the middle onto the picture’s, and says where', () => {
		expect(at(303, 147)).toEqual({
			dx: -3,
			dy: 3,
			guides: [
				{ axis: 'x', at: 300 },
				{ axis: 'y', at: 150 }
			]
		});
	});

	it('pulls an edge onto an edge, and a middle onto a third', () => {
		expect(at(52, 60).dx).toBe(-2);
		expect(at(198, 60).dx).toBe(2);
	});

	it('knows where a crop begins', () => {
		const crop = { x: 100, y: 50, width: 200, height: 100 };
		const box = { x: 152, y: 70, width: 100, height: 20 };
		expect(snapBox(box, { x: 202, y: 80 }, crop, [], 5).dx).toBe(-2);
	});

	it('leaves alone what is too far away', () => {
		expect(at(270, 60)).toEqual({ dx: 0, dy: 0, guides: [] });
	});

	it('lines up with another box', () => {
		const other = { x: 100, y: 40, width: 80, height: 30 };
		expect(
			snapBox({ x: 103, y: 200, width: 60, height: 20 }, { x: 133, y: 210 }, picture, [other], 5).dx
		).toBe(-3);
	});

	it('turns to right angles when near, and stays within half a turn', () => {
		expect(snapAngle(43.5, 45, 2)).toBe(45);
		expect(snapAngle(40, 45, 2)).toBe(40);
		expect(snapAngle(200, 45, 2)).toBe(-160);
		expect(snapAngle(179.5, 45, 2)).toBe(-180);
	});
});
