// Draws a text or a shape: box, glow, shadows, sides, stroke and fill, from the back to the front.

import { layerMatrix, type PlacedLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { isAffine, multiply, scaling, translation, type Matrix } from '../geometry/matrix.ts';
import { around, boundsOf, grown, outerPixels } from '../geometry/box.ts';
import { intersection, type Box } from '../geometry/size.ts';
import { warpOf } from '../text/bend.ts';
import { bodyOf, outlineOf, type Body } from '../shapes/body.ts';
import { roundedBox, type Polygon, type Warp } from '../text/flatten.ts';
import { drawGlyphs } from '../text/outline.ts';
import { union } from '../text/union.ts';
import { contextOf, tracePolygons, type Context, type MakeCanvas, type Pictures } from './canvas.ts';
import { drawBevel, lightOf } from './bevel.ts';
import { withOpacity } from './colour.ts';
import { drawSides, extrusionSides, projected } from './extrusion.ts';
import { fillWith } from './fill.ts';
import { MITER_LIMIT, strokePolygons } from './stroke.ts';

/** A drawn layer and where its canvas lies in the picture, in output pixels. */
export interface Drawn {
	readonly canvas: OffscreenCanvas;
	readonly x: number;
	readonly y: number;
	/** What all of the layer takes; the canvas holds what was in view of it. */
	readonly whole: Box;
}

/** How far from the true curve a side may lie, in output pixels. */
const TOLERANCE = 0.1;

/** What has one colour and nothing around it is drawn straight into the picture. */
export function isPlain(layer: PlacedLayer): boolean {
	return (
		layer.fill === 'colour' &&
		layer.strokeWidth === 0 &&
		layer.shadows.length === 0 &&
		layer.glow === 0 &&
		layer.boxOpacity === 0 &&
		layer.extrusionDepth === 0 &&
		layer.bevel === 0 &&
		layer.bend === 0
	);
}

/** What of a layer lies where: its body, its bend, and its way to the output. */
export class Outlined {
	readonly body: Body;
	readonly matrix: Matrix;
	readonly #layer: PlacedLayer;
	readonly #warp: Warp | undefined;
	readonly #tolerance: number;
	readonly #longest: number;
	#outline: Polygon[] | undefined;

	constructor(layer: PlacedLayer, fonts: FontLibrary, scale: number) {
		this.#layer = layer;
		this.body = bodyOf(layer, fonts);
		this.matrix = multiply(scaling(scale), layerMatrix(layer, this.body.box));
		this.#warp = warpOf(layer, this.body.box);
		this.#tolerance = TOLERANCE / scale;
		this.#longest = this.#warp ? Math.max(layer.size * 0.03, 1 / scale) : Infinity;
	}

	/** Points and lines go to the output as they are. */
	get isFlat(): boolean {
		return !this.#warp && isAffine(this.matrix);
	}

	/** The bent outline in layer pixels. */
	get outline(): Polygon[] {
		this.#outline ??= outlineOf(this.#layer, this.body, this.#tolerance, this.#warp, this.#longest);
		return this.#outline;
	}

	/** The bent box behind it, in layer pixels. */
	get background(): Polygon {
		const { boxPadding, boxRadius, size } = this.#layer;
		const pad = boxPadding * size;
		const room = grown(this.body.ink, pad, pad);
		return roundedBox(room, boxRadius * size, this.#tolerance, this.#warp, this.#longest);
	}

	/** Begins the path of the outline, moved by (x, y) on the output. */
	trace(context: Context, x = 0, y = 0): void {
		const matrix = multiply(translation(x, y), this.matrix);
		if (this.isFlat && this.#layer.kind === 'text') {
			context.beginPath();
			drawGlyphs(this.body.glyphs, matrix, context);
		} else
			tracePolygons(
				context,
				this.outline.map((polygon) => projected(polygon, matrix))
			);
	}

	/** What the ink takes on the output; in layer pixels where no matrix is given. */
	bounds(polygons: readonly Polygon[] = this.outline, matrix: Matrix = this.matrix): Box {
		return boundsOf(polygons.map((polygon) => projected(polygon, matrix)));
	}
}

/**
 * Draws a text or a shape with its effects aside.
 *
 * @param view the part of the output that will be seen; nothing is drawn far outside of it
 */
export function drawAside(
	layer: PlacedLayer,
	fonts: FontLibrary,
	pictures: Pictures,
	scale: number,
	view: Box,
	makeCanvas: MakeCanvas
): Drawn | undefined {
	const shape = new Outlined(layer, fonts, scale);
	const em = layer.size * scale;
	const depth = layer.extrusionDepth * layer.size;
	const angle = (layer.extrusionAngle * Math.PI) / 180;
	const offset = [depth * Math.cos(angle), depth * Math.sin(angle), -depth] as const;
	const sides = depth > 0 ? extrusionSides(shape.outline, shape.matrix, offset, lightOf(layer)) : [];
	const reach = layer.strokePosition === 'centre' ? layer.strokeWidth / 2 : layer.strokeWidth;
	const stroke = layer.strokeWidth > 0 ? new Stroke(shape, layer, reach * layer.size) : undefined;
	const background = layer.boxOpacity > 0 ? projected(shape.background, shape.matrix) : undefined;

	const body = around(
		stroke?.bounds() ?? shape.bounds(),
		...(sides.length ? [boundsOf(sides.map(({ quad }) => quad))] : [])
	);
	const spread = Math.max(
		layer.glow * em * 2.5,
		...layer.shadows.map(({ blur, distance }) => (blur * 2.5 + distance) * em),
		0
	);
	const whole = around(
		grown(body, spread + 2, spread + 2),
		...(background ? [grown(boundsOf([background]), 2, 2)] : [])
	);
	const seen = intersection(whole, view);
	if (!seen) return undefined;
	const frame = outerPixels(seen);
	const bodyFrame = outerPixels(intersection(grown(body, 2, 2), grown(view, spread, spread)) ?? frame);

	const bodyCanvas = makeCanvas(bodyFrame.width, bodyFrame.height);
	const context = contextOf(bodyCanvas);
	context.translate(-bodyFrame.x, -bodyFrame.y);
	drawSides(context, sides, layer.extrusionColour);
	drawFace(context, shape, stroke, layer, pictures, bodyFrame, makeCanvas);

	const isBare = spread === 0 && !background;
	const canvas = isBare ? bodyCanvas : makeCanvas(frame.width, frame.height);
	const place = isBare ? bodyFrame : frame;
	if (!isBare) {
		const target = contextOf(canvas);
		target.translate(-frame.x, -frame.y);
		if (background) {
			tracePolygons(target, [background]);
			target.fillStyle = withOpacity(layer.boxColour, layer.boxOpacity);
			target.fill();
		}
		if (layer.glow > 0) {
			// Twice: one blurred copy alone is too faint to glow.
			for (let i = 0; i < 2; i++)
				castShadow(target, bodyCanvas, bodyFrame, layer.glowColour, layer.glow * em, 0, 0);
		}
		for (const { colour, opacity, blur, distance, angle: degrees } of layer.shadows) {
			const way = (degrees * Math.PI) / 180;
			const [dx, dy] = [distance * em * Math.cos(way), distance * em * Math.sin(way)];
			castShadow(target, bodyCanvas, bodyFrame, withOpacity(colour, opacity), blur * em, dx, dy);
		}
		target.drawImage(bodyCanvas, bodyFrame.x, bodyFrame.y);
	}
	return { canvas, x: place.x, y: place.y, whole };
}

/** The front: stroke and fill in the order that the stroke's position asks for. */
function drawFace(
	context: Context,
	shape: Outlined,
	stroke: Stroke | undefined,
	layer: PlacedLayer,
	pictures: Pictures,
	frame: Box,
	makeCanvas: MakeCanvas
): void {
	const isHollow = layer.fill === 'none';
	if (stroke && layer.strokePosition === 'outside') {
		if (isHollow) {
			const ring = makeCanvas(frame.width, frame.height);
			const aside = contextOf(ring);
			aside.translate(-frame.x, -frame.y);
			stroke.draw(aside);
			aside.globalCompositeOperation = 'destination-out';
			shape.trace(aside);
			aside.fill();
			context.drawImage(ring, frame.x, frame.y);
		} else stroke.draw(context);
	}
	if (!isHollow) fillWith(context, layer, shape, pictures.get(layer.picture), frame, makeCanvas);
	if (!isHollow && layer.bevel > 0) drawBevel(context, shape, layer, frame, makeCanvas);
	if (!stroke || layer.strokePosition === 'outside') return;
	context.save();
	if (layer.strokePosition === 'inside') {
		shape.trace(context);
		context.clip();
	}
	stroke.draw(context);
	context.restore();
}

/** A line along the outline, as wide as its plane makes it look. */
class Stroke {
	readonly #shape: Outlined;
	readonly #layer: PlacedLayer;
	readonly #reach: number;
	readonly #outline: Polygon[];

	/** @param reach half its width, in layer pixels */
	constructor(shape: Outlined, layer: PlacedLayer, reach: number) {
		this.#shape = shape;
		this.#layer = layer;
		this.#reach = reach;
		// A fill on top hides what lies within; where none does, only the outer shape may have a line.
		const isCovered = layer.strokePosition === 'outside';
		this.#outline = isCovered ? shape.outline : union(shape.outline);
	}

	bounds(): Box {
		const { x, y, width, height } = boundsOf(this.#outline);
		const far = this.#reach * (this.#layer.strokeJoin === 'miter' ? MITER_LIMIT : 1);
		const room = grown({ x, y, width, height }, far, far);
		return boundsOf([projected(roundedBox(room, 0, 1, undefined, Infinity), this.#shape.matrix)]);
	}

	draw(context: Context): void {
		const { strokeColour, strokeJoin } = this.#layer;
		const { matrix } = this.#shape;
		if (isAffine(matrix)) {
			tracePolygons(
				context,
				this.#outline.map((polygon) => projected(polygon, matrix))
			);
			context.save();
			// The path is on the output already; what is transformed now is the pen alone.
			context.transform(matrix[0]!, matrix[4]!, matrix[1]!, matrix[5]!, matrix[3]!, matrix[7]!);
			context.strokeStyle = strokeColour;
			context.lineJoin = strokeJoin;
			context.miterLimit = MITER_LIMIT;
			context.lineWidth = 2 * this.#reach;
			context.stroke();
			context.restore();
			return;
		}
		const pieces = strokePolygons(this.#outline, this.#reach, strokeJoin);
		tracePolygons(
			context,
			pieces.map((polygon) => projected(polygon, matrix))
		);
		context.fillStyle = strokeColour;
		context.fill();
	}
}

/** Draws the shadow of a picture without the picture, which stands far outside while it casts it. */
function castShadow(
	context: Context,
	picture: OffscreenCanvas,
	at: Box,
	colour: string,
	blur: number,
	dx: number,
	dy: number
): void {
	const away = context.canvas.width + at.width + 10_000;
	context.save();
	context.shadowColor = colour;
	context.shadowBlur = blur;
	context.shadowOffsetX = dx + away;
	context.shadowOffsetY = dy;
	context.drawImage(picture, at.x - away, at.y);
	context.restore();
}
