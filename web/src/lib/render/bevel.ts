// A bevelled front: a band along the inside of its edge, lighter where it faces the light and darker where it does not.

import type { PlacedLayer } from '../doc/document.ts';
import type { Box } from '../geometry/size.ts';
import { project, type Matrix } from '../geometry/matrix.ts';
import type { Polygon } from '../text/flatten.ts';
import { union } from '../text/union.ts';
import { contextOf, drawQuads, turning, type Context, type MakeCanvas } from './canvas.ts';
import type { Outlined } from './placed.ts';

export interface Facet {
	/** Four points on the canvas. */
	readonly quad: Float64Array;
	/** A grey that is laid over the front as hard light: 128 leaves it as it is. */
	readonly grey: number;
}

/** How far the light may move the front's colour, of 127. */
const STRENGTH = 105;
/** Neighbours of one grey are one path. */
const STEP = 5;
/** At a sharp corner the inner edge comes no farther than this many widths. */
const FARTHEST = 3;

/**
 * One for each side of the outline, which neither overlaps itself nor holds rings that turn the wrong way.
 *
 * @param polygons in layer pixels
 * @param width of the band, in layer pixels
 * @param light towards where the light comes from, on the canvas, of length 1
 */
export function bevelFacets(
	polygons: readonly Polygon[],
	matrix: Matrix,
	width: number,
	light: readonly [number, number]
): Facet[] {
	const way = Math.sign(polygons.reduce((sum, polygon) => sum + turning(polygon), 0)) || 1;
	return polygons.flatMap((polygon) => facetsOf(withoutRepeats(polygon), matrix, way * width, light));
}

function facetsOf(
	polygon: Polygon,
	matrix: Matrix,
	width: number,
	[lightX, lightY]: readonly [number, number]
): Facet[] {
	const count = polygon.length / 2;
	if (count < 3) return [];
	const at = (i: number): [number, number] => {
		const k = 2 * ((i + count) % count);
		return [polygon[k]!, polygon[k + 1]!];
	};
	// The unit normal of the side from each point, to its right: inwards, for what turns clockwise.
	const normals = Array.from({ length: count }, (_, i): [number, number] => {
		const [[x0, y0], [x1, y1]] = [at(i), at(i + 1)];
		const length = Math.hypot(x1 - x0, y1 - y0);
		return [-(y1 - y0) / length, (x1 - x0) / length];
	});
	// Neighbours share the line that halves their corner.
	const inner = normals.map(([nx, ny], i) => {
		const [px, py] = normals.at(i - 1)!;
		const half = Math.max(1 + nx * px + ny * py, 2 / FARTHEST ** 2);
		const [x, y] = at(i);
		return [x + ((nx + px) / half) * width, y + ((ny + py) / half) * width] as const;
	});
	return normals.map((_, i) => {
		const j = (i + 1) % count;
		const corners = [at(i), at(j), inner[j]!, inner[i]!].map(([x, y]) => project(matrix, x, y));
		const [a, b, c, d] = corners as [(typeof corners)[0], ...typeof corners];
		// Away from the inner edge, as it is seen.
		const [dx, dy] = [b!.x - a.x, b!.y - a.y];
		const length = Math.hypot(dx, dy) || 1;
		const inwards = Math.sign(dx * (d!.y - a.y) - dy * (d!.x - a.x)) || 1;
		const facing = ((dy * inwards) / length) * lightX - ((dx * inwards) / length) * lightY;
		return {
			quad: Float64Array.of(a.x, a.y, b!.x, b!.y, c!.x, c!.y, d!.x, d!.y),
			grey: Math.round((128 + STRENGTH * facing) / STEP) * STEP
		};
	});
}

/** Draws them over what is there; the caller has clipped to the front. */
export function drawFacets(context: Context, facets: readonly Facet[]): void {
	drawQuads(context, facets, ({ grey }) => `rgb(${grey} ${grey} ${grey})`);
}

/** Points that lie on their neighbours make no side. */
function withoutRepeats(polygon: Polygon): Polygon {
	const points: number[] = [];
	for (let i = 0; i < polygon.length; i += 2) {
		const [x, y] = [polygon[i]!, polygon[i + 1]!];
		if (Math.hypot(x - (points.at(-2) ?? Infinity), y - (points.at(-1) ?? 0)) > 1e-6) points.push(x, y);
	}
	while (points.length > 2 && Math.hypot(points[0]! - points.at(-2)!, points[1]! - points.at(-1)!) <= 1e-6)
		points.splice(-2);
	return Float64Array.from(points);
}

/** The unit vector towards the light. */
export function lightOf({ lightAngle }: PlacedLayer): readonly [number, number] {
	const angle = (lightAngle * Math.PI) / 180;
	return [Math.cos(angle), Math.sin(angle)];
}

/** Draws the band over a front that is drawn already. */
export function drawBevel(
	context: Context,
	shape: Outlined,
	layer: PlacedLayer,
	frame: Box,
	makeCanvas: MakeCanvas
): void {
	// Aside: where a stem is narrower than its two bands, one covers the other instead of adding to it.
	const canvas = makeCanvas(frame.width, frame.height);
	const aside = contextOf(canvas);
	aside.translate(-frame.x, -frame.y);
	drawFacets(
		aside,
		bevelFacets(union(shape.outline), shape.matrix, layer.bevel * layer.size, lightOf(layer))
	);
	context.save();
	shape.trace(context);
	context.clip();
	context.globalCompositeOperation = 'hard-light';
	context.drawImage(canvas, frame.x, frame.y);
	context.restore();
}
