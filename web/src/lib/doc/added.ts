// Layers that a document is given: texts, shapes, pictures and copies, beside those that are there, where they are seen.

import { boundsOf } from '../geometry/box.ts';
import { clamp, type Size } from '../geometry/size.ts';
import {
	freeId,
	insertLayer,
	MIN_SIZE,
	newDocument,
	placedLayers,
	shownBox,
	textLayers,
	type Document,
	type PlacedLayer,
	type ShapeLayer,
	type TextLayer
} from './document.ts';
import { shapeLayer, textLayer, type ShapeKind } from './schema.ts';

/** Each kind has its own, so that one on top of another is seen. */
const SHAPE_COLOURS = {
	rectangle: '#ff6a3d',
	ellipse: '#3d8bff',
	line: '#ffffff',
	arrow: '#2ec4b6',
	star: '#ffd23f',
	heart: '#ff3d68'
} as const;

/** A text in the letters of another one; of the topmost where none is given. */
export function addedText(document: Document, given?: TextLayer): TextLayer {
	const like = given ?? textLayers(document).at(-1) ?? textLayers(newDocument(document.size))[0]!;
	const shown = shownBox(document);
	const { font, weight, fontWidth, fontSlant, colour, letterSpacing, case: letters } = like;
	return textLayer({
		...{ font, weight, fontWidth, fontSlant, colour, letterSpacing, case: letters },
		kind: 'text',
		id: freeId(document),
		text: 'TEXT',
		size: Math.max(MIN_SIZE, Math.round(Math.min(shown.width, shown.height) * 0.16)),
		x: shown.x + shown.width / 2,
		y: shown.y + shown.height * (0.8 - 0.14 * ((textLayers(document).length - 1) % 5))
	});
}

export function addedShape(document: Document, shape: ShapeKind): ShapeLayer {
	const { x, y, width, height } = shownBox(document);
	const side = Math.min(width, height);
	const [size, aspect] =
		shape === 'line'
			? [side * 0.02, 25]
			: [side * 0.3, shape === 'arrow' ? 1.8 : shape === 'rectangle' ? 1.5 : 1];
	const step = side * 0.08 * (placedLayers(document).filter(({ kind }) => kind === 'shape').length % 5);
	return shapeLayer({
		...{ kind: 'shape', shape, aspect, size, colour: SHAPE_COLOURS[shape] },
		id: freeId(document, 'shape'),
		x: x + width / 2 + step,
		y: y + height / 2 + step
	});
}

/** A rectangle that is filled with a picture. */
export function addedPicture(document: Document, picture: string, of: Size, name: string): ShapeLayer {
	const { x, y, width, height } = shownBox(document);
	const aspect = clamp(of.width / of.height, 0.01, 100);
	const size = Math.max(MIN_SIZE, Math.min(height * 0.4, (width * 0.4) / aspect));
	return shapeLayer({
		...{ kind: 'shape', shape: 'rectangle', fill: 'picture', picture, aspect, size },
		id: freeId(document, 'shape'),
		name: name.slice(0, 200),
		x: x + width / 2,
		y: y + height / 2
	});
}

/** Layers once more, a little below, with names of their own. */
export function copiesOf(document: Document, layers: readonly PlacedLayer[]): PlacedLayer[] {
	const step = Math.min(document.size.width, document.size.height) * 0.04;
	let ids = document;
	return layers.map((layer) => {
		const copy = { ...layer, id: freeId(ids, layer.kind), x: layer.x + step, y: layer.y + step };
		ids = insertLayer(ids, copy);
		return copy;
	});
}

/** Layers of another picture, moved to the middle where they would lie beside this one. */
export function intoSight(document: Document, layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
	const shown = shownBox(document);
	const isSeen = ({ x, y }: PlacedLayer) =>
		x >= shown.x && x <= shown.x + shown.width && y >= shown.y && y <= shown.y + shown.height;
	if (layers.some(isSeen)) return layers;
	const box = boundsOf([layers.flatMap(({ x, y }) => [x, y])]);
	const dx = shown.x + shown.width / 2 - box.x - box.width / 2;
	const dy = shown.y + shown.height / 2 - box.y - box.height / 2;
	return layers.map((layer) => ({ ...layer, x: layer.x + dx, y: layer.y + dy }));
}
