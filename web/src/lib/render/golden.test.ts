// Each effect against a picture of it that somebody has looked at: golden/*.png. Where an effect is meant to look
// different, `GOLDEN=write npx vitest run src/lib/render/golden.test.ts` writes them anew, to be looked at again.

import { createCanvas, loadImage, type Canvas } from '@napi-rs/canvas';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeLayer, insertLayer, newDocument, type LayerChange, type TextChange } from '../doc/document.ts';
import { SHAPES, shadowOf, shapeLayer, type Document } from '../doc/schema.ts';
import { nodeCanvas, nodeFontLibrary } from '../node/fonts.ts';
import { renderDocument, type Assets, type Context } from './render.ts';

const SIZE = { width: 240, height: 150 };
const folder = new URL('./golden/', import.meta.url);
const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));

/** A sky, a meadow, and a tree before them. */
function scene(isCutout: boolean): Canvas {
	const canvas = createCanvas(SIZE.width, SIZE.height);
	const context = canvas.getContext('2d');
	if (!isCutout) {
		const sky = context.createLinearGradient(0, 0, 0, SIZE.height);
		sky.addColorStop(0, '#2b5c8a');
		sky.addColorStop(0.7, '#e0b58a');
		sky.addColorStop(0.71, '#5d7a3a');
		sky.addColorStop(1, '#2e4420');
		context.fillStyle = sky;
		context.fillRect(0, 0, SIZE.width, SIZE.height);
	}
	context.fillStyle = '#4a2f1b';
	context.fillRect(148, 80, 14, 62);
	context.fillStyle = '#2f6b2d';
	context.arc(155, 62, 36, 0, 2 * Math.PI);
	context.fill();
	return canvas;
}

const sticker = createCanvas(40, 20);
const paint = sticker.getContext('2d');
paint.fillStyle = '#d81b60';
paint.fillRect(0, 0, 20, 20);
paint.fillStyle = '#ffd600';
paint.fillRect(20, 0, 20, 20);

const assets = {
	photo: scene(false),
	cutout: scene(true),
	fonts,
	makeCanvas: nodeCanvas,
	pictures: new Map([['f'.repeat(32), sticker]])
} as unknown as Assets;

const base = {
	text: 'Word',
	font: 'montserrat',
	weight: 800,
	size: 72,
	x: 120,
	y: 78,
	colour: '#fff3e0'
} as const;
const plain = changeLayer(newDocument(SIZE), 'text-1', base);
const text = (change: TextChange) => changeLayer(plain, 'text-1', change);
const other = (id: 'photo' | 'subject', change: LayerChange) => changeLayer(plain, id, change);
const shape = (kind: (typeof SHAPES)[number]) =>
	insertLayer(
		plain,
		shapeLayer({
			kind: 'shape',
			id: 's',
			shape: kind,
			size: kind === 'line' ? 8 : 50,
			aspect: kind === 'line' ? 12 : 1.4,
			x: 70,
			y: 50,
			colour: '#ff6a3d'
		}),
		'text-1'
	);

const DOCUMENTS: Readonly<Record<string, Document>> = {
	'linear-gradient': text({ fill: 'linear', colour2: '#e91e63', gradientAngle: 60 }),
	'radial-gradient': text({ fill: 'radial', colour2: '#3f51b5' }),
	'picture-fill': text({ fill: 'picture', picture: 'f'.repeat(32) }),
	hollow: text({ fill: 'none', strokeWidth: 0.05, strokeColour: '#ffffff' }),
	'stroke-outside': text({ strokeWidth: 0.06, strokeColour: '#c2185b' }),
	'stroke-inside': text({ strokeWidth: 0.04, strokeColour: '#c2185b', strokePosition: 'inside' }),
	'stroke-miter': text({ strokeWidth: 0.06, strokePosition: 'centre', strokeJoin: 'miter' }),
	shadows: text({
		shadows: [
			shadowOf({ distance: 0.12, blur: 0.05 }),
			shadowOf({ distance: 0.2, angle: 0, colour: '#b71c1c' })
		]
	}),
	glow: text({ glow: 0.4 }),
	box: text({ boxOpacity: 0.8, boxRadius: 0.3 }),
	extrusion: text({ extrusionDepth: 0.3, extrusionAngle: 60 }),
	bevel: text({ bevel: 0.05, colour: '#c0a060' }),
	perspective: text({ tiltX: 25, tiltY: -40, tiltZ: 5, perspective: 0.9 }),
	skew: text({ skewX: 25, skewY: 5 }),
	corners: text({ corners: [0.2, -0.2, 0, 0.3, 0.1, 0, -0.3, 0.2] }),
	'bend-arc': text({ bend: 0.5 }),
	'bend-circle': text({ bend: 0.6, bendKind: 'circle' }),
	'bend-wave': text({ bend: 0.5, bendKind: 'wave' }),
	'bend-flag': text({ bend: 0.5, bendKind: 'flag' }),
	rotation: text({ rotation: -20 }),
	opacity: text({ opacity: 0.4 }),
	blend: text({ blend: 'multiply', colour: '#ff8a65' }),
	spacing: text({ text: 'TWO\nLINES', size: 40, letterSpacing: 0.2, lineHeight: 1.5, align: 'right' }),
	width: text({ font: 'archivo', fontWidth: 62 }),
	slant: text({ font: 'roboto-flex', fontSlant: 10 }),
	arabic: text({ text: 'مرحبا', font: 'cairo' }),
	crop: { ...plain, crop: { x: 90, y: 20, width: 120, height: 90 } },
	'background-blur': other('photo', { blur: 0.03 }),
	adjustments: other('photo', { brightness: 0.15, contrast: 0.3, saturation: -0.6 }),
	'background-gradient': other('photo', { background: 'gradient' }),
	'background-picture': other('photo', { background: 'picture', backgroundPicture: 'f'.repeat(32) }),
	feather: other('subject', { feather: 0.02 }),
	grow: other('subject', { grow: 0.01 }),
	outline: other('subject', { outline: 0.03 }),
	'subject-shadow': other('subject', { shadow: 0.8, shadowDistance: 0.06, shadowBlur: 0.03 }),
	everything: text({
		fill: 'linear',
		colour2: '#e91e63',
		strokeWidth: 0.03,
		shadows: [shadowOf({ distance: 0.1, blur: 0.2 })],
		glow: 0.2,
		extrusionDepth: 0.2,
		bevel: 0.03,
		tiltX: 20,
		tiltY: -30,
		bend: 0.2
	}),
	...Object.fromEntries(SHAPES.map((kind) => [`shape-${kind}`, shape(kind)]))
};

function draw(document: Document): Canvas {
	const { width, height } = document.crop ?? SIZE;
	const canvas = createCanvas(width, height);
	renderDocument(canvas.getContext('2d') as unknown as Context, document, assets, { scale: 1 });
	return canvas;
}

function difference(a: Canvas, b: Canvas): number {
	if (a.width !== b.width || a.height !== b.height) return 255;
	const [one, two] = [a, b].map(
		(canvas) => canvas.getContext('2d').getImageData(0, 0, a.width, a.height).data
	);
	return one!.reduce((sum, value, i) => sum + Math.abs(value - two![i]!), 0) / one!.length;
}

async function golden(name: string): Promise<Canvas> {
	const image = await loadImage(readFileSync(new URL(`${name}.png`, folder)));
	const canvas = createCanvas(image.width, image.height);
	canvas.getContext('2d').drawImage(image, 0, 0);
	return canvas;
}

beforeAll(async () => {
	for (const family of ['montserrat', 'archivo', 'roboto-flex']) await fonts.ensure(family, 'WordTOLINES');
	await fonts.ensure('cairo', 'مرحبا');
});

describe('golden pictures', () => {
	it.each(Object.keys(DOCUMENTS))('%s', async (name) => {
		const drawn = draw(DOCUMENTS[name]!);
		if (process.env['GOLDEN'] === 'write')
			writeFileSync(new URL(`${name}.png`, folder), drawn.toBuffer('image/png'));
		const wanted = await golden(name);
		expect(difference(drawn, wanted)).toBeLessThanOrEqual(0.1);
		// And it would fail: without its effect, the same document is another picture.
		expect(difference(draw(plain), wanted)).toBeGreaterThan(0.2);
	});

	it('are all in use', () => {
		expect(readdirSync(folder).sort()).toEqual(
			Object.keys(DOCUMENTS)
				.map((name) => `${name}.png`)
				.sort()
		);
	});
});
