import { describe, expect, it } from 'vitest';
import { project } from '../geometry/matrix.ts';
import { changeText, layerMatrix, newDocument, overPhoto, textLayers } from './document.ts';

describe('document', () => {
	const document = newDocument({ width: 400, height: 300 });

	it('starts with the text between photo and subject', () => {
		expect(document.layers.map((layer) => layer.kind)).toEqual(['photo', 'text', 'subject']);
	});

	it('is plain JSON', () => {
		expect(JSON.parse(JSON.stringify(document))).toEqual(document);
	});

	it('changes one text and leaves the old document as it was', () => {
		const changed = changeText(document, 'text-1', { text: 'Hi' });
		expect(textLayers(changed)[0]?.text).toBe('Hi');
		expect(textLayers(document)[0]?.text).toBe('BEHIND');
		expect(changed.layers[0]).toBe(document.layers[0]);
	});

	it('keeps a text as large as it was, there and back over photos of any shape', () => {
		const tall = overPhoto(document, { width: 800, height: 4000 });
		const wide = overPhoto(tall, { width: 6000, height: 800 });
		const [before, there, after] = [document, wide, overPhoto(wide, document.size)].map(
			(d) => textLayers(d)[0]!
		);
		expect(there!.size).toBeCloseTo((before!.size * 800) / 300);
		expect(after).toEqual({
			...before,
			x: expect.closeTo(before!.x) as number,
			y: expect.closeTo(before!.y) as number,
			size: expect.closeTo(before!.size) as number
		});
	});

	it('rotates a text around its centre', () => {
		const layer = { ...textLayers(document)[0]!, rotation: 90, x: 100, y: 50 };
		const { x, y } = project(layerMatrix(layer, { x: -50, y: -20, width: 100, height: 40 }), 10, 0);
		expect([x, y]).toEqual([expect.closeTo(100), expect.closeTo(60)]);
	});
});
