import { describe, expect, it } from 'vitest';
import { multiply, project, rotationZ, scaling, translation } from './matrix.ts';

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
		const perspective = [...translation(0, 0)];
		perspective[12] = 0.01;
		expect(project(perspective, 100, 50)).toEqual({ x: 50, y: 25 });
	});
});
