// Each effect alone: what it must change, and where.

import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import {
	changeLayer,
	insertLayer,
	newDocument,
	removeLayer,
	textLayers,
	type LayerChange,
	type TextChange
} from '../doc/document.ts';
import { SHAPES, shadowOf, shapeLayer, type Document, type ShapeLayer } from '../doc/schema.ts';
import { nodeCanvas, nodeFontLibrary } from '../node/fonts.ts';
import { LayerCache } from './cache.ts';
import {
	outputSize,
	renderDocument,
	type Assets,
	type Context,
	type Picture,
	type RenderOptions
} from './render.ts';

const SIZE = { width: 320, height: 200 };
const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));

function picture(paint: (context: ReturnType<Canvas['getContext']>) => void): CanvasImageSource {
	const canvas = createCanvas(SIZE.width, SIZE.height);
	paint(canvas.getContext('2d'));
	return canvas as unknown as CanvasImageSource;
}

const photo = picture((context) => {
	context.fillStyle = '#808080';
	context.fillRect(0, 0, SIZE.width, SIZE.height);
	context.fillStyle = '#c04020';
	context.fillRect(0, 0, 60, 40);
});
const cutout = picture((context) => {
	context.fillStyle = '#00ff00';
	context.fillRect(240, 50, 60, 100);
});
const assets: Assets = { photo, cutout, fonts, makeCanvas: nodeCanvas };

function withText(change: TextChange): Document {
	const text = { text: 'HO', font: 'anton', size: 110, x: 120, y: 100, colour: '#ff0000' };
	return changeLayer(newDocument(SIZE), 'text-1', { ...text, ...change });
}

function draw(document: Document, options: Partial<RenderOptions> = {}) {
	const scale = options.scale ?? 1;
	const { width, height } = outputSize(document, scale);
	const canvas = createCanvas(width, height);
	const context = canvas.getContext('2d');
	renderDocument(context as unknown as Context, document, assets, { scale, ...options });
	const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
	const at = (x: number, y: number) => [
		...data.subarray((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 3)
	];
	const count = (test: (r: number, g: number, b: number) => boolean) => {
		let found = 0;
		for (let i = 0; i < data.length; i += 4) if (test(data[i]!, data[i + 1]!, data[i + 2]!)) found++;
		return found;
	};
	return { canvas, data, at, count };
}

const difference = (a: Uint8ClampedArray, b: Uint8ClampedArray) =>
	a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
const isRed = (r: number, g: number, b: number) => r > 250 && g < 5 && b < 5;
const isBlue = (r: number, g: number, b: number) => b > 250 && r < 5 && g < 5;

beforeAll(() => Promise.all(['anton', 'inter', 'montserrat'].map((font) => fonts.ensure(font, 'HOAW'))));

const ALL: TextChange = {
	fill: 'linear',
	strokeWidth: 0.04,
	shadows: [shadowOf({ distance: 0.1, blur: 0.2 })],
	glow: 0.2,
	boxOpacity: 0.5,
	extrusionDepth: 0.2,
	bevel: 0.03,
	tiltX: 20,
	tiltY: -30,
	tiltZ: 10,
	bend: 0.3
};

describe('stroke', () => {
	it('outside adds a rim and leaves the fill', () => {
		const plain = draw(withText({}));
		const stroked = draw(withText({ strokeWidth: 0.05, strokeColour: '#0000ff' }));
		expect(stroked.count(isBlue)).toBeGreaterThan(500);
		expect(stroked.count(isRed)).toBeGreaterThan(plain.count(isRed) * 0.9);
	});

	it('inside stays within the letters', () => {
		const plain = draw(withText({}));
		const stroked = draw(withText({ strokeWidth: 0.05, strokeColour: '#0000ff', strokePosition: 'inside' }));
		expect(stroked.count(isBlue)).toBeGreaterThan(500);
		const grey = (r: number, g: number, b: number) => r === 128 && g === 128 && b === 128;
		expect(Math.abs(stroked.count(grey) - plain.count(grey))).toBeLessThan(4);
	});

	it.each(['outside', 'centre', 'inside'] as const)(
		'shows no lines inside of a hollow %s one',
		(strokePosition) => {
			// Montserrat's W and A overlap with each other and themselves.
			const style = {
				font: 'montserrat',
				text: 'WA',
				letterSpacing: -0.12,
				fill: 'none',
				strokeColour: '#0000ff'
			} as const;
			const hollow = draw(withText({ ...style, strokeWidth: 0.02, strokePosition }));
			const filled = draw(withText({ ...style, fill: 'colour' }));
			// Deep inside of the filled letters nothing is blue.
			let wrong = 0;
			for (let y = 5; y < SIZE.height - 5; y++)
				for (let x = 5; x < SIZE.width - 5; x++) {
					const isDeep = [-4, 0, 4].every((dx) =>
						[-4, 0, 4].every((dy) => isRed(...(filled.at(x + dx, y + dy) as [number, number, number])))
					);
					if (isDeep && isBlue(...(hollow.at(x, y) as [number, number, number]))) wrong++;
				}
			expect(hollow.count(isBlue)).toBeGreaterThan(100);
			expect(wrong).toBe(0);
		}
	);

	it('gets thinner with distance', () => {
		const tilted = draw(
			withText({
				text: 'OO',
				strokeWidth: 0.1,
				strokeColour: '#0000ff',
				fill: 'none',
				tiltY: 60,
				perspective: 1
			})
		);
		const row = Array.from({ length: SIZE.width }, (_, x) =>
			isBlue(...(tilted.at(x, 100) as [number, number, number]))
		);
		const runs: number[] = [];
		row.forEach((blue, x) => {
			if (blue && row[x - 1]) runs[runs.length - 1]!++;
			else if (blue) runs.push(1);
		});
		expect(runs.length).toBeGreaterThanOrEqual(2);
		expect(runs[0]!).toBeGreaterThan(runs.at(-1)!);
	});
});

describe('fill', () => {
	it.each([
		['flat', {}],
		['in perspective', { tiltY: 30 }]
	])('a linear gradient goes from one colour to the other, %s', (_, tilt) => {
		const { at } = draw(
			withText({
				text: 'HHHH',
				size: 90,
				fill: 'linear',
				colour2: '#0000ff',
				gradientAngle: 0,
				x: 160,
				...tilt
			})
		);
		const reds = Array.from({ length: SIZE.width }, (_, x) => at(x, 100)).filter(([, g]) => g === 0);
		expect(reds.length).toBeGreaterThan(30);
		expect(reds[0]![0]).toBeGreaterThan(200);
		expect(reds.at(-1)![2]).toBeGreaterThan(150);
	});

	it('the two ways to draw a gradient agree', () => {
		const style = { text: 'HHHH', size: 90, fill: 'linear', colour2: '#0000ff' } as const;
		const flat = draw(withText(style));
		// So little tilt that it can't be seen, but drawn in strips.
		const strips = draw(withText({ ...style, tiltY: 0.01 }));
		expect(difference(flat.data, strips.data)).toBeLessThan(0.6);
		const radial = draw(withText({ ...style, fill: 'radial' }));
		const discs = draw(withText({ ...style, fill: 'radial', tiltY: 0.01 }));
		expect(difference(radial.data, discs.data)).toBeLessThan(0.6);
	});
});

describe('shadow and glow', () => {
	it('a shadow falls where its angle says, and not under an opacity of 0', () => {
		const below = draw(withText({ shadows: [shadowOf({ distance: 0.5, angle: 90, blur: 0, opacity: 1 })] }));
		const black = (r: number, g: number, b: number) => r < 5 && g < 5 && b < 5;
		expect(below.count(black)).toBeGreaterThan(1000);
		const none = draw(withText({ shadows: [shadowOf({ distance: 0.5, opacity: 0 })] }));
		expect(none.count(black)).toBe(0);
	});

	it('several shadows all fall', () => {
		const shadows = [
			shadowOf({ distance: 0.6, angle: 90, blur: 0, opacity: 1, colour: '#0000ff' }),
			shadowOf({ distance: 0.6, angle: -90, blur: 0, opacity: 1, colour: '#ffff00' })
		];
		const { count } = draw(withText({ shadows }));
		expect(count(isBlue)).toBeGreaterThan(500);
		expect(count((r, g, b) => r > 250 && g > 250 && b < 5)).toBeGreaterThan(500);
	});

	it('a glow lightens what is around', () => {
		const { at } = draw(withText({ glow: 0.4, glowColour: '#ffff00' }));
		const plain = draw(withText({}));
		const changed = Array.from({ length: SIZE.width }, (_, x) => x).filter(
			(x) => at(x, 40)[1] !== plain.at(x, 40)[1]
		);
		expect(changed.length).toBeGreaterThan(40);
	});
});

describe('shape', () => {
	it('an extrusion shows sides on the side of its angle, lighter and darker ones', () => {
		const right = draw(withText({ extrusionDepth: 0.3, extrusionAngle: 0, extrusionColour: '#0000ff' }));
		const left = draw(withText({ extrusionDepth: 0.3, extrusionAngle: 180, extrusionColour: '#0000ff' }));
		const bluish = (picture: typeof right, from: number, to: number) => {
			let found = 0;
			for (let y = 0; y < SIZE.height; y++)
				for (let x = from; x < to; x++) {
					const [r, g, b] = picture.at(x, y) as [number, number, number];
					if (b > r + 60 && b > g + 60) found++;
				}
			return found;
		};
		expect(bluish(right, 190, SIZE.width)).toBeGreaterThan(300);
		expect(bluish(left, 190, SIZE.width)).toBeLessThan(50);
		expect(new Set(Array.from({ length: 200 }, (_, y) => right.at(195, y).join())).size).toBeGreaterThan(1);
	});

	it('a bevel is light towards the light, dark away from it, and leaves the middle', () => {
		const shape = { shape: 'rectangle', aspect: 1.5, size: 100, x: 160, y: 100, colour: '#808080' } as const;
		const bevelled = (change: Partial<Pick<ShapeLayer, 'lightAngle'>>) => {
			const layer = shapeLayer({ kind: 'shape', id: 's', ...shape, bevel: 0.1, ...change });
			return draw(insertLayer(removeLayer(newDocument(SIZE), 'text-1'), layer, 'photo'));
		};
		const { at } = bevelled({ lightAngle: 180 });
		const [left, middle, right] = [at(89, 100)[0]!, at(160, 100)[0]!, at(231, 100)[0]!];
		expect(left).toBeGreaterThan(200);
		expect(middle).toBe(0x80);
		expect(right).toBeLessThan(60);
		expect(at(82, 100)[0], 'outside').toBe(0x80);
		expect(at(160, 54)[0], 'a side along the light').toBeCloseTo(0x80, -1);
		const turned = bevelled({ lightAngle: 0 });
		expect(turned.at(231, 100)[0]).toBeGreaterThan(200);
		expect(turned.at(89, 100)[0]).toBeLessThan(60);
		// Corners are halved: no side runs over its neighbour.
		const down = bevelled({ lightAngle: -90 });
		expect(down.at(160, 52)[0]).toBeGreaterThan(200);
		expect(down.at(88, 58)[0]).toBeCloseTo(0x80, -1);
	});

	it('a bevel follows the holes of letters, and stays inside of them in perspective', () => {
		const plain = draw(withText({ tiltY: 40 }));
		const bevelled = draw(withText({ tiltY: 40, bevel: 0.04 }));
		const grey = (r: number, g: number, b: number) => r === 128 && g === 128 && b === 128;
		expect(Math.abs(bevelled.count(grey) - plain.count(grey))).toBeLessThan(30);
		expect(bevelled.count(isRed)).toBeLessThan(plain.count(isRed) * 0.7);
		// The O's hole has a light side, too: to the right of it, where its wall looks to the upper left.
		expect(bevelled.count((r, g, b) => r > 250 && g > 60 && b > 60)).toBeGreaterThan(300);
		expect(bevelled.count((r, g, b) => r < 160 && g < 5 && b < 5)).toBeGreaterThan(300);
	});

	it('a tilt makes the far side smaller', () => {
		const { at } = draw(withText({ text: 'HHH', tiltY: 50, perspective: 1, x: 160 }));
		const height = (x: number) =>
			Array.from({ length: SIZE.height }, (_, y) => at(x, y)).filter(([r, g]) => r! > 200 && g! < 60).length;
		const columns = Array.from({ length: SIZE.width }, (_, x) => height(x));
		const seen = columns.filter((h) => h > 40);
		expect(seen.length).toBeGreaterThan(20);
		expect(Math.max(...seen.slice(0, 8))).toBeGreaterThan(Math.max(...seen.slice(-8)) * 1.2);
	});

	it.each(['arc', 'circle', 'wave', 'flag'] as const)(
		'a bend along %s moves letters, and none leaves them',
		(bendKind) => {
			const straight = draw(withText({ bendKind, bend: 0 }));
			const bent = draw(withText({ bendKind, bend: 0.5 }));
			expect(difference(straight.data, bent.data)).toBeGreaterThan(1);
			expect(difference(straight.data, draw(withText({})).data)).toBe(0);
		}
	);

	it('a box lies behind the text', () => {
		const { count } = draw(withText({ boxOpacity: 1, boxColour: '#0000ff', boxPadding: 0.1 }));
		expect(count(isBlue)).toBeGreaterThan(1000);
		// Less a few pixels at the glyphs' edges, which now mix with blue.
		expect(count(isRed) / draw(withText({})).count(isRed)).toBeCloseTo(1, 2);
	});

	it('a blend mode mixes with what is below', () => {
		const { count } = draw(withText({ blend: 'multiply' }));
		expect(count(isRed)).toBe(0);
		expect(count((r, g, b) => r === 128 && g === 0 && b === 0)).toBeGreaterThan(500);
	});
});

describe('layers', () => {
	it('hidden ones are not drawn, and order is what is in front', () => {
		const document = withText({ x: 270 });
		const behind = draw(document).count(isRed);
		expect(draw(changeLayer(document, 'text-1', { hidden: true })).count(isRed)).toBe(0);
		const front = { ...document, layers: [document.layers[0]!, document.layers[2]!, document.layers[1]!] };
		expect(draw(front).count(isRed)).toBeGreaterThan(behind + 500);
	});

	it('only the texts, or only the subject, on transparency', () => {
		const canvas = draw(withText({}), { only: 'text' }).data;
		expect(canvas[3]).toBe(0);
		const subject = draw(withText({}), { only: 'subject' });
		expect(subject.at(270, 100)).toEqual([0, 255, 0]);
		expect(subject.data[3]).toBe(0);
	});
});

describe('photo and subject', () => {
	const change = (id: string, value: LayerChange) => draw(changeLayer(withText({ hidden: true }), id, value));
	const plain = draw(withText({ hidden: true }));

	it('brightness, contrast and saturation change the photo', () => {
		expect(change('photo', { brightness: 0.2 }).at(150, 100)[0]).toBeGreaterThan(140);
		expect(change('photo', { contrast: 0.5 }).at(10, 10)[2]).toBeLessThan(plain.at(10, 10)[2]!);
		const [r, g, b] = change('photo', { saturation: -1 }).at(10, 10);
		expect(Math.max(r!, g!, b!) - Math.min(r!, g!, b!)).toBeLessThan(2);
	});

	it('a blurred background is soft, and the subject stays sharp', () => {
		const { at } = change('photo', { blur: 0.02 });
		expect(at(60, 20)[0]).toBeGreaterThan(130);
		expect(at(60, 20)[0]).toBeLessThan(190);
		expect(at(270, 100)).toEqual([0, 255, 0]);
		// The subject does not bleed into what is around it.
		expect(at(236, 100)[1]).toBeLessThan(132);
	});

	it('another background stands in the place of the photo', () => {
		const { at } = change('photo', { background: 'colour', backgroundColour: '#123456' });
		expect(at(10, 10)).toEqual([0x12, 0x34, 0x56]);
		expect(at(270, 100)).toEqual([0, 255, 0]);
	});

	it('feather softens the edge; growing and shrinking move it', () => {
		const alphaAt = (value: LayerChange, x: number) =>
			draw(changeLayer(withText({}), 'subject', value), { only: 'subject' }).data[
				(100 * SIZE.width + x) * 4 + 3
			]!;
		expect(alphaAt({}, 238)).toBe(0);
		expect(alphaAt({ feather: 0.01 }, 238)).toBeGreaterThan(20);
		expect(alphaAt({ grow: 0.01 }, 238)).toBeGreaterThan(200);
		expect(alphaAt({ grow: -0.01 }, 241)).toBeLessThan(60);
	});

	it('outline and shadow lie around the subject', () => {
		const lined = change('subject', { outline: 0.02, outlineColour: '#0000ff' });
		expect(lined.count(isBlue)).toBeGreaterThan(300);
		expect(lined.at(270, 100)).toEqual([0, 255, 0]);
		const dark = change('subject', { shadow: 1, shadowDistance: 0.05, shadowAngle: 180, shadowBlur: 0.005 });
		expect(dark.at(230, 100)[0]).toBeLessThan(20);
	});
});

describe('the same picture', () => {
	it('at another scale, with everything on', () => {
		const document = withText(ALL);
		const small = draw(document);
		const large = draw(document, { scale: 4 });
		const shrunk = createCanvas(SIZE.width, SIZE.height);
		const context = shrunk.getContext('2d');
		context.imageSmoothingQuality = 'high';
		context.drawImage(large.canvas, 0, 0, SIZE.width, SIZE.height);
		expect(difference(context.getImageData(0, 0, SIZE.width, SIZE.height).data, small.data)).toBeLessThan(1);
	});

	it('with a cache as without, wherever the text has been', () => {
		const cache = new LayerCache();
		for (const x of [120, 121, 160.25, 250, -20, 120])
			expect(draw(withText({ ...ALL, x }), { cache }).data).toEqual(draw(withText({ ...ALL, x })).data);
	});

	it('while it moves, but for half a pixel', () => {
		const cache = new LayerCache();
		draw(withText({ ...ALL, x: 120 }), { cache });
		for (const x of [130.5, 190.25, 300]) {
			const moving = draw(withText({ ...ALL, x }), { cache, isMoving: true });
			expect(difference(moving.data, draw(withText({ ...ALL, x: Math.round(x) })).data)).toBeLessThan(1.5);
		}
		const rests = draw(withText({ ...ALL, x: 300.5 }), { cache });
		expect(difference(rests.data, draw(withText({ ...ALL, x: 300.5 })).data)).toBeLessThan(0.05);
	});

	it('with a text of everything, none of a document changed by drawing it', () => {
		const document = withText(ALL);
		const before = JSON.stringify(document);
		draw(document);
		expect(JSON.stringify(document)).toBe(before);
		expect(textLayers(document)).toHaveLength(1);
	});
});

/** Red at the left, blue at the right, transparent in the middle. */
const PICTURE = 'a'.repeat(32);
const flag = createCanvas(90, 60);
flag.getContext('2d').fillStyle = '#ff0000';
flag.getContext('2d').fillRect(0, 0, 30, 60);
flag.getContext('2d').fillStyle = '#0000ff';
flag.getContext('2d').fillRect(60, 0, 30, 60);
const pictures = new Map([[PICTURE, flag as unknown as Picture]]);

function withShape(change: Partial<ShapeLayer>): Document {
	const base = removeLayer(newDocument(SIZE), 'text-1');
	const given = { kind: 'shape', id: 'shape-1', shape: 'rectangle', size: 100, x: 160, y: 100 } as const;
	return insertLayer(base, { ...shapeLayer({ ...given, colour: '#ff0000' }), ...change }, 'photo');
}

function drawWith(document: Document) {
	const { width, height } = outputSize(document, 1);
	const canvas = createCanvas(width, height);
	const context = canvas.getContext('2d');
	renderDocument(context as unknown as Context, document, { ...assets, pictures }, { scale: 1 });
	const { data } = context.getImageData(0, 0, width, height);
	return {
		data,
		at: (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)]
	};
}

describe('a shape', () => {
	it.each([
		['rectangle', 1],
		['ellipse', Math.PI / 4],
		['line', 1],
		['arrow', 0.36 * 0.5 + 0.25],
		['star', 0.4],
		['heart', 0.65]
	] as const)('%s covers its share of its box, and all its height and width', (shape, share) => {
		const aspect = shape === 'arrow' ? 2 : 1;
		const { at, count } = draw(withShape({ shape, size: 80, aspect }));
		expect(count(isRed) / (80 * 80 * aspect)).toBeGreaterThan(share - 0.12);
		expect(count(isRed) / (80 * 80 * aspect)).toBeLessThan(share + 0.12);
		const reds = [];
		for (let y = 0; y < SIZE.height; y++)
			for (let x = 0; x < SIZE.width; x++)
				if (at(x, y)[0]! > 180 && at(x, y)[1]! < 100 && y > 45) reds.push([x, y]);
		const [xs, ys] = [reds.map(([x]) => x!), reds.map(([, y]) => y!)];
		expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(75);
		expect(Math.max(...ys) - Math.min(...ys)).toBeLessThan(82);
		expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(80 * aspect - 5);
		expect(Math.max(...xs) - Math.min(...xs)).toBeLessThan(80 * aspect + 2);
	});

	it('takes each effect that a text takes', () => {
		const plain = draw(withShape({}));
		const effects: Partial<ShapeLayer>[] = [
			{ strokeWidth: 0.1 },
			{ shadows: [shadowOf({ distance: 0.3, opacity: 1 })] },
			{ glow: 0.3 },
			{ fill: 'linear' },
			{ extrusionDepth: 0.3 },
			{ bevel: 0.1 },
			{ tiltY: 40 },
			{ skewX: 20 },
			{ bend: 0.3 },
			{ rotation: 30 },
			{ cornerRadius: 0.4 },
			{ corners: [0.3, 0, 0, 0, 0, 0, 0, 0] }
		];
		for (const effect of effects)
			expect(difference(draw(withShape(effect)).data, plain.data), JSON.stringify(effect)).toBeGreaterThan(
				0.3
			);
	});

	it.each(SHAPES)('%s is drawn in the same way at any scale', (shape) => {
		const document = withShape({ shape, tiltY: 20, strokeWidth: 0.05 });
		const once = draw(document);
		const twice = createCanvas(SIZE.width, SIZE.height);
		twice.getContext('2d').drawImage(draw(document, { scale: 2 }).canvas, 0, 0, SIZE.width, SIZE.height);
		const small = twice.getContext('2d').getImageData(0, 0, SIZE.width, SIZE.height).data;
		expect(difference(once.data, small)).toBeLessThan(1);
	});
});

describe('a picture of one’s own', () => {
	const sticker = { fill: 'picture', picture: PICTURE, aspect: 1.5, size: 100 } as const;

	it('fills a shape, and is transparent where it is', () => {
		const { at } = drawWith(withShape(sticker));
		expect(at(95, 100)).toEqual([255, 0, 0]);
		expect(at(160, 100)).toEqual([128, 128, 128]);
		expect(at(225, 100)).toEqual([0, 0, 255]);
	});

	it('looks the same by sampling as it does by the canvas', () => {
		const flat = drawWith(withShape(sticker));
		const sampled = drawWith(withShape({ ...sticker, corners: [1e-7, 0, 0, 0, 0, 0, 0, 0] }));
		expect(difference(flat.data, sampled.data)).toBeLessThan(0.6);
	});

	it('gets smaller with distance', () => {
		const { at } = drawWith(withShape({ ...sticker, tiltY: 55, perspective: 1 }));
		const high = (test: (r: number, g: number, b: number) => boolean) => {
			const columns = Array.from(
				{ length: SIZE.width },
				(_, x) =>
					Array.from({ length: SIZE.height }, (__, y) => at(x, y) as [number, number, number]).filter((p) =>
						test(...p)
					).length
			);
			return Math.max(...columns);
		};
		expect(high((r, g, b) => r > 200 && g < 60 && b < 60)).toBeGreaterThan(1.2 * high(isBlue));
	});

	it.each([{ tiltX: 60 }, { tiltX: -60 }, { tiltY: 60 }, { tiltY: -60 }])(
		'is there whichever way it leans: %o',
		(tilt) => {
			const { data } = drawWith(withShape({ ...sticker, ...tilt, perspective: 1 }));
			let [red, blue] = [0, 0];
			for (let i = 0; i < data.length; i += 4) {
				if (isRed(data[i]!, data[i + 1]!, data[i + 2]!)) red++;
				if (isBlue(data[i]!, data[i + 1]!, data[i + 2]!)) blue++;
			}
			expect(Math.min(red, blue)).toBeGreaterThan(200);
		}
	);

	it('fills no words, tilted, and nothing goes wrong', () => {
		const empty = {
			text: '',
			fill: 'picture',
			picture: PICTURE,
			tiltX: 30,
			corners: [0.1, 0, 0, 0, 0, 0, 0, 0]
		};
		expect(() => drawWith(withText(empty as TextChange))).not.toThrow();
	});

	it('fills letters', () => {
		const { data } = drawWith(withText({ fill: 'picture', picture: PICTURE }));
		const plain = draw(withText({}));
		expect(difference(data, plain.data)).toBeGreaterThan(3);
		let blue = 0;
		for (let i = 0; i < data.length; i += 4) if (isBlue(data[i]!, data[i + 1]!, data[i + 2]!)) blue++;
		expect(blue).toBeGreaterThan(300);
	});

	it('that is missing is drawn as the colour', () => {
		expect(draw(withShape(sticker)).count(isRed)).toBeGreaterThan(14_000);
	});

	it('stands in the background’s place, and covers it', () => {
		const document = changeLayer(newDocument(SIZE), 'photo', {
			background: 'picture',
			backgroundPicture: PICTURE
		});
		const { at } = drawWith(document);
		expect(at(5, 190)).toEqual([255, 0, 0]);
		expect(at(315, 190)).toEqual([0, 0, 255]);
	});
});

describe('corners', () => {
	it('are where they were dragged', () => {
		// The top right one 40 pixels further right, of a box of 100 by 100.
		const { at } = draw(withShape({ corners: [0, 0, 0.4, 0, 0, 0, 0, 0] }));
		expect(at(236, 52)).toEqual([255, 0, 0]);
		expect(at(236, 140)).toEqual([128, 128, 128]);
		expect(at(112, 52)).toEqual([255, 0, 0]);
		expect(at(112, 148)).toEqual([255, 0, 0]);
	});
});

describe('a kept drawing', () => {
	it('is drawn again where another part of the picture is shown', () => {
		const document = withText({ strokeWidth: 0.05 });
		const cache = new LayerCache();
		draw({ ...document, crop: { x: 200, y: 0, width: 100, height: 200 } }, { cache });
		expect(difference(draw(document, { cache }).data, draw(document).data)).toBe(0);
	});
});

describe('a crop', () => {
	const crop = { x: 40, y: 20, width: 200, height: 120 };

	it.each([
		['plain', {}],
		['with everything on', ALL]
	])('shows that part of the same picture, %s', (_, change) => {
		const whole = draw(withText(change));
		const { canvas, data } = draw({ ...withText(change), crop });
		expect([canvas.width, canvas.height]).toEqual([200, 120]);
		const part = whole.canvas.getContext('2d').getImageData(40, 20, 200, 120).data;
		expect(difference(data, part)).toBeLessThan(0.02);
	});
});
