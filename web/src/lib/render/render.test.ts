import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeText, newDocument, type Document, type TextChange } from '../doc/document.ts';
import { nodeFontLibrary } from '../node/fonts.ts';
import { renderDocument, type Context } from './render.ts';

const SIZE = { width: 200, height: 120 };
const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));

/** A picture of one colour, or only its right half. */
function plain(colour: string, from = 0): Canvas {
	const canvas = createCanvas(SIZE.width, SIZE.height);
	const context = canvas.getContext('2d');
	context.fillStyle = colour;
	context.fillRect(from, 0, SIZE.width - from, SIZE.height);
	return canvas;
}

const photo = plain('#0000ff') as unknown as CanvasImageSource;
/** The subject: the right half, green. */
const cutout = plain('#00ff00', 100) as unknown as CanvasImageSource;

function withText(change: TextChange): Document {
	const text = { text: 'MMMM', font: 'anton', size: 100, x: 100, y: 60, colour: '#ff0000', ...change };
	return changeText(newDocument(SIZE), 'text-1', text);
}

function draw(
	document: Document,
	{ scale = 1, subject }: { scale?: number; subject?: CanvasImageSource } = { subject: cutout }
) {
	const canvas = createCanvas(SIZE.width * scale, SIZE.height * scale);
	const context = canvas.getContext('2d');
	renderDocument(context as unknown as Context, document, { photo, cutout: subject, fonts }, { scale });
	const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
	return {
		canvas,
		data,
		at: (x: number, y: number) => [
			...data.subarray((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 4)
		]
	};
}

beforeAll(() => fonts.ensure('anton', 'MMMM'));

describe('renderDocument', () => {
	it('draws the photo, the text over it, and the subject over both', () => {
		const { at, data } = draw(withText({}));
		expect(at(2, 2)).toEqual([0, 0, 255, 255]);
		const left = Array.from({ length: 100 }, (_, x) => at(x, 60));
		const right = Array.from({ length: 100 }, (_, x) => at(100 + x, 60));
		expect(left.filter(([r]) => r === 255).length).toBeGreaterThan(40);
		expect(right.every((pixel) => pixel.join() === '0,255,0,255')).toBe(true);
		expect(data).toHaveLength(SIZE.width * SIZE.height * 4);
	});

	it('draws the text in front of everything until the subject is known', () => {
		const { at } = draw(withText({}), {});
		expect(Array.from({ length: 100 }, (_, x) => at(100 + x, 60)).some(([r]) => r === 255)).toBe(true);
	});

	it('mixes a translucent text with the photo, evenly', () => {
		const { at } = draw(withText({ opacity: 0.5 }));
		const inside = Array.from({ length: 100 }, (_, x) => at(x, 60)).filter(([r]) => r! > 120);
		expect(inside.length).toBeGreaterThan(40);
		for (const [r, g, b] of inside)
			expect([r, g, b]).toEqual([expect.closeTo(128, -1), 0, expect.closeTo(127, -1)]);
	});

	it('draws the same picture at another scale', () => {
		const document = withText({ rotation: 25, size: 70 });
		const small = draw(document);
		const large = draw(document, { scale: 4, subject: cutout });
		const shrunk = createCanvas(SIZE.width, SIZE.height);
		const context = shrunk.getContext('2d');
		context.imageSmoothingQuality = 'high';
		context.drawImage(large.canvas, 0, 0, SIZE.width, SIZE.height);
		const { data } = context.getImageData(0, 0, SIZE.width, SIZE.height);
		const difference =
			data.reduce((sum, value, i) => sum + Math.abs(value - small.data[i]!), 0) / data.length;
		expect(difference).toBeLessThan(1);
	});

	it('rotates the text around its centre', () => {
		const upright = draw(withText({ text: 'I', x: 50, y: 60, size: 80 }));
		const lying = draw(withText({ text: 'I', x: 50, y: 60, size: 80, rotation: 90 }));
		const red = ([r]: number[]) => r === 255;
		const reach = (picture: typeof upright) => [
			Array.from({ length: 100 }, (_, x) => picture.at(x, 60)).filter(red).length,
			Array.from({ length: 120 }, (_, y) => picture.at(50, y)).filter(red).length
		];
		const [width, height] = reach(upright);
		expect(height!).toBeGreaterThan(2 * width!);
		expect(reach(lying)[0]).toBeGreaterThan(height! - 4);
	});

	it('leaves out a text whose font is not loaded, and draws the rest', () => {
		const { at, data } = draw(withText({ font: 'lobster' }));
		expect(data.filter((value, i) => i % 4 === 0 && value !== 0)).toHaveLength(0);
		expect(at(10, 60)).toEqual([0, 0, 255, 255]);
		expect(at(150, 60)).toEqual([0, 255, 0, 255]);
	});

	it('leaves nothing behind from the last drawing', () => {
		const canvas = createCanvas(SIZE.width, SIZE.height);
		const context = canvas.getContext('2d');
		const twice = () =>
			renderDocument(
				context as unknown as Context,
				withText({ opacity: 0.5, rotation: 10 }),
				{ photo, cutout, fonts },
				{ scale: 1 }
			);
		twice();
		const first = context.getImageData(0, 0, SIZE.width, SIZE.height).data;
		twice();
		expect(context.getImageData(0, 0, SIZE.width, SIZE.height).data).toEqual(first);
	});
});
