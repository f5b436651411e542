import { describe, expect, it } from 'vitest';
import { commonColours } from './swatches.ts';

const pixels = (...colours: number[][]) =>
	new Uint8ClampedArray(colours.flatMap((colour) => [...colour, 255]));

describe('commonColours', () => {
	it('offers white, black, and the commonest colours first', () => {
		const red = [200, 0, 0];
		expect(commonColours(pixels(red, red, [0, 0, 200]))).toEqual([
			'#ffffff',
			'#000000',
			'#c80000',
			'#0000c8'
		]);
	});

	it('offers no two that look alike', () => {
		expect(commonColours(pixels([200, 0, 0], [190, 10, 0], [250, 250, 250]))).toEqual([
			'#ffffff',
			'#000000',
			'#c80000'
		]);
	});
});
