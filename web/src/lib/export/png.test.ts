import { createCanvas, loadImage } from '@napi-rs/canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeLayer, newDocument } from '../doc/document.ts';
import { shadowOf } from '../doc/schema.ts';
import { nodeCanvas, nodeFontLibrary } from '../node/fonts.ts';
import { isInParts, outputSize, renderDocument, type Context } from '../render/render.ts';
import { encodePng, type Strip } from './png.ts';

const SIZE = { width: 300, height: 200 };
const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));
const photo = createCanvas(SIZE.width, SIZE.height);
const paint = photo.getContext('2d');
for (let y = 0; y < SIZE.height; y += 10)
	for (let x = 0; x < SIZE.width; x += 10) {
		paint.fillStyle = `rgb(${x % 256} ${(y * 3) % 256} ${(x * y) % 256})`;
		paint.fillRect(x, y, 10, 10);
	}
const cutout = createCanvas(SIZE.width, SIZE.height);
cutout.getContext('2d').fillRect(180, 60, 60, 140);
const assets = { photo, cutout, fonts, makeCanvas: nodeCanvas } as unknown as Parameters<
	typeof renderDocument
>[2];

beforeAll(() => fonts.ensure('anton', 'TALL'));

const everything = {
	text: 'TALL',
	font: 'anton',
	size: 90,
	fill: 'linear',
	strokeWidth: 0.04,
	shadows: [shadowOf({ distance: 0.2, blur: 0.3 })],
	glow: 0.3,
	boxOpacity: 0.4,
	extrusionDepth: 0.3,
	bevel: 0.03,
	tiltX: 20,
	tiltY: -30,
	bend: 0.3
} as const;

describe('a PNG out of strips', () => {
	it.each([1, 2.5])('is the picture that one canvas would hold, at scale %d', async (scale) => {
		const document = {
			...changeLayer(newDocument(SIZE), 'text-1', everything),
			crop: { x: 31, y: 17, width: 233, height: 160 }
		};
		expect(isInParts(document)).toBe(true);
		const { width, height } = outputSize(document, scale);
		const whole = createCanvas(width, height).getContext('2d');
		renderDocument(whole as unknown as Context, document, assets, { scale });
		async function* strips(): AsyncGenerator<Strip> {
			for (let y = 0; y < height; y += 37) {
				const part = { x: 0, y, width, height: Math.min(37, height - y) };
				const context = createCanvas(part.width, part.height).getContext('2d');
				renderDocument(context as unknown as Context, document, assets, { scale, part });
				yield await Promise.resolve({
					height: part.height,
					data: context.getImageData(0, 0, part.width, part.height).data
				});
			}
		}
		const file = await encodePng(width, height, strips());
		const decoded = createCanvas(width, height).getContext('2d');
		decoded.drawImage(await loadImage(Buffer.from(await file.arrayBuffer())), 0, 0);
		const [a, b] = [whole, decoded].map((context) => context.getImageData(0, 0, width, height).data);
		const off = a!.map((value, i) => Math.abs(value - b![i]!));
		expect(off.reduce((sum, value) => sum + value, 0) / off.length).toBeLessThan(0.02);
		expect(off.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(12);
	});

	it('says what goes wrong while it is drawn', async () => {
		// eslint-disable-next-line require-yield -- it fails before
		async function* broken(): AsyncGenerator<Strip> {
			await Promise.resolve();
			throw new Error('No canvas.');
		}
		await expect(encodePng(10, 10, broken())).rejects.toThrow('No canvas.');
	});

	it('can’t be had of what takes the whole picture at once', () => {
		const document = newDocument(SIZE);
		expect(isInParts(document)).toBe(true);
		for (const change of [{ blur: 0.01 }, { brightness: 0.1 }])
			expect(isInParts(changeLayer(document, 'photo', change))).toBe(false);
		for (const change of [
			{ feather: 0.01 },
			{ grow: 0.01 },
			{ outline: 0.1 },
			{ shadow: 0.5 },
			{ cleanEdges: false }
		])
			expect(isInParts(changeLayer(document, 'subject', change))).toBe(false);
	});
});
