// What drawing needs of a canvas, in a page, a worker and Node alike; and paths out of polygons.

import type { Polygon } from '../text/flatten.ts';

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A picture that was decoded, with its own size. */
export type Picture = CanvasImageSource & { readonly width: number; readonly height: number };

/** The pictures that a person brought, by id. */
export type Pictures = ReadonlyMap<string, Picture>;

/** A canvas to draw on aside; the browser's OffscreenCanvas unless a program brings another. */
export type MakeCanvas = (width: number, height: number) => OffscreenCanvas;

export const offscreen: MakeCanvas = (width, height) => new OffscreenCanvas(width, height);

export function contextOf(canvas: OffscreenCanvas): Context {
	const context = canvas.getContext('2d');
	if (!context) throw new Error(`No canvas of ${canvas.width} × ${canvas.height} pixels can be had here.`);
	context.imageSmoothingQuality = 'high';
	return context;
}

/** Begins a path of polygons. */
export function tracePolygons(context: Context, polygons: readonly Polygon[]): void {
	context.beginPath();
	for (const polygon of polygons) {
		context.moveTo(polygon[0]!, polygon[1]!);
		for (let i = 2; i < polygon.length; i += 2) context.lineTo(polygon[i]!, polygon[i + 1]!);
		context.closePath();
	}
}

/**
 * Fills quads, in their order; neighbours of one style are one path.
 *
 * @param quads four points on the canvas each
 */
export function drawQuads<Quad extends { readonly quad: Float64Array }>(
	context: Context,
	quads: readonly Quad[],
	styleOf: (quad: Quad) => string
): void {
	context.lineJoin = 'round';
	// Neighbours share an edge: a hairline of their own colour closes the seam that smoothing leaves.
	context.lineWidth = 0.8;
	const styles = quads.map(styleOf);
	let start = 0;
	for (let i = 1; i <= quads.length; i++) {
		if (styles[i] === styles[start]) continue;
		context.beginPath();
		for (let k = start; k < i; k++) {
			const { quad } = quads[k]!;
			context.moveTo(quad[0]!, quad[1]!);
			for (let p = 2; p < 8; p += 2) context.lineTo(quad[p]!, quad[p + 1]!);
			context.closePath();
		}
		context.fillStyle = context.strokeStyle = styles[start]!;
		context.fill();
		context.stroke();
		start = i;
	}
}

/** Twice the area, positive where a polygon turns clockwise on a screen. */
export function turning(polygon: ArrayLike<number>): number {
	let sum = 0;
	const last = polygon.length - 2;
	let [x0, y0] = [polygon[last]!, polygon[last + 1]!];
	for (let i = 0; i < polygon.length; i += 2) {
		const [x1, y1] = [polygon[i]!, polygon[i + 1]!];
		sum += x0 * y1 - x1 * y0;
		[x0, y0] = [x1, y1];
	}
	return sum;
}
