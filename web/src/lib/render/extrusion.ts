// The sides of an extruded text: one shaded quad for each side of its outline that faces the eye.

import { project, project3, type Matrix } from '../geometry/matrix.ts';
import type { Polygon } from '../text/flatten.ts';
import { drawQuads, turning, type Context } from './canvas.ts';
import { shade } from './colour.ts';

export interface Side {
	/** Four points on the canvas. */
	readonly quad: Float64Array;
	/** How light it is, in steps. */
	readonly light: number;
}

const STEPS = 16;

/**
 * The sides from the far ones to the near ones.
 *
 * @param polygons the outline in layer pixels
 * @param offset from a point of the front to its partner at the back, in layer pixels; z points to the eye
 * @param light towards where the light comes from, on the canvas, of length 1
 */
export function extrusionSides(
	polygons: readonly Polygon[],
	matrix: Matrix,
	offset: readonly [number, number, number],
	light: readonly [number, number]
): Side[] {
	const [ex, ey, ez] = offset;
	const sides: (Side & { along: number })[] = [];
	const fronts = polygons.map((polygon) => projected(polygon, matrix));
	const way = Math.sign(fronts.reduce((sum, front) => sum + turning(front), 0)) || 1;
	polygons.forEach((polygon, index) => {
		const front = fronts[index]!;
		const back = new Float64Array(polygon.length);
		for (let i = 0; i < polygon.length; i += 2) {
			const { x, y } = project3(matrix, polygon[i]! + ex, polygon[i + 1]! + ey, ez);
			back[i] = x;
			back[i + 1] = y;
		}
		for (let i = 0; i < polygon.length; i += 2) {
			const j = (i + 2) % polygon.length;
			const [x0, y0, x1, y1] = [front[i]!, front[i + 1]!, front[j]!, front[j + 1]!];
			const quad = Float64Array.of(x0, y0, x1, y1, back[j]!, back[j + 1]!, back[i]!, back[i + 1]!);
			// What turns like the front looks at the eye from behind.
			if (turning(quad) * way >= 0) continue;
			const length = Math.hypot(x1 - x0, y1 - y0) || 1;
			const [nx, ny] = [(way * (y1 - y0)) / length, (-way * (x1 - x0)) / length];
			const [dx, dy] = [back[i]! - x0, back[i + 1]! - y0];
			const depth = Math.hypot(dx, dy) || 1;
			sides.push({
				quad,
				light: Math.round((0.5 + 0.5 * (nx * light[0] + ny * light[1])) * STEPS),
				// Where two sides overlap, the one farther along the way back begins nearer to the eye.
				along: ((x0 + x1) * dx + (y0 + y1) * dy) / depth
			});
		}
	});
	return sides.sort((a, b) => a.along - b.along);
}

export function drawSides(context: Context, sides: readonly Side[], colour: string): void {
	const shades: string[] = [];
	drawQuads(context, sides, ({ light }) => (shades[light] ??= shade(colour, 0.62 + (0.75 * light) / STEPS)));
}

/** A polygon's points on the canvas. */
export function projected(polygon: Polygon, matrix: Matrix): Polygon {
	const points = new Float64Array(polygon.length);
	for (let i = 0; i < polygon.length; i += 2) {
		const { x, y } = project(matrix, polygon[i]!, polygon[i + 1]!);
		points[i] = x;
		points[i + 1] = y;
	}
	return points;
}
