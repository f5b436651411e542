import { describe, expect, it } from 'vitest';
import {
	inversePlane,
	multiply,
	perspective,
	project,
	quadToQuad,
	rotationX,
	rotationY,
	rotationZ,
	scaling,
	translation
} from './matrix.ts';

describe('matrix', () => {
	it('applies the right factor first', () => {
		const m = multiply(translation(10, 0), scaling(2));
		expect(project(m, 3, 4)).toEqual({ x: 16, y: 8 });
	});

	it('turns clockwise on a screen whose y points down', () => {
		const { x, y } = project(rotationZ(Math.PI / 2), 1, 0);
		expect(x).toBeCloseTo(0);
		expect(y).toBeCloseTo(1);
	});

	it('divides by w, so that what is farther away comes out smaller', () => {
		const leaning = [...translation(0, 0)];
		leaning[12] = 0.01;
		expect(project(leaning, 100, 50)).toEqual({ x: 50, y: 25 });
	});

	it('takes four corners to four others, and a perspective back', () => {
		const from = [10, 10, 110, 20, 100, 90, 0, 70];
		const to = [0, 0, 200, 40, 180, 160, 30, 90];
		const m = quadToQuad(from, to);
		for (let i = 0; i < 8; i += 2) {
			const there = project(m, from[i]!, from[i + 1]!);
			expect(there.x).toBeCloseTo(to[i]!);
			expect(there.y).toBeCloseTo(to[i + 1]!);
			const back = project(inversePlane(m), there.x, there.y);
			expect(back.x).toBeCloseTo(from[i]!);
			expect(back.y).toBeCloseTo(from[i + 1]!);
		}
	});

	it.each([-60, -20, 20, 60])(
		'finds the way back from a plane tilted by %i°, wherever it lies',
		(degrees) => {
			const tilt = (degrees * Math.PI) / 180;
			for (const turn of [rotationX(tilt), rotationY(tilt)]) {
				const m = [translation(1500, 800), perspective(400), turn].reduce(multiply);
				for (const [x, y] of [
					[0, 0],
					[90, -60],
					[-90, 60]
				] as const) {
					const there = project(m, x, y);
					const back = project(inversePlane(m), there.x, there.y);
					expect(back.x).toBeCloseTo(x);
					expect(back.y).toBeCloseTo(y);
				}
			}
		}
	);
});
