// Strokes as polygons in the text's own plane, so that perspective makes what is farther away thinner.

import type { Polygon } from '../text/flatten.ts';
import { turning } from './canvas.ts';

/** As the canvas has it: a longer point is cut off. */
export const MITER_LIMIT = 4;

/**
 * A quad for each side and a join for each corner; filled together by nonzero winding they are the stroke.
 *
 * @param reach half the stroke's width
 */
export function strokePolygons(
	polygons: readonly Polygon[],
	reach: number,
	join: 'round' | 'miter' | 'bevel'
): Polygon[] {
	const pieces: Polygon[] = [];
	// All turn the same way, else overlaps would cancel out.
	const add = (...points: number[]) => {
		const piece = Float64Array.from(points);
		if (turning(piece) < 0) pieces.push(reversed(piece));
		else pieces.push(piece);
	};
	for (const polygon of polygons) {
		const count = polygon.length / 2;
		// The unit normal of each side.
		const normals: [number, number][] = [];
		const corners: [number, number][] = [];
		for (let i = 0; i < count; i++) {
			const [x0, y0] = [polygon[2 * i]!, polygon[2 * i + 1]!];
			const j = (i + 1) % count;
			const [dx, dy] = [polygon[2 * j]! - x0, polygon[2 * j + 1]! - y0];
			const length = Math.hypot(dx, dy);
			if (length < 1e-9) continue;
			normals.push([dy / length, -dx / length]);
			corners.push([x0, y0]);
		}
		for (let i = 0; i < corners.length; i++) {
			const [x0, y0] = corners[i]!;
			const [x1, y1] = corners[(i + 1) % corners.length]!;
			const [nx, ny] = normals[i]!;
			const [ox, oy] = [nx * reach, ny * reach];
			add(x0 + ox, y0 + oy, x1 + ox, y1 + oy, x1 - ox, y1 - oy, x0 - ox, y0 - oy);
			const [mx, my] = normals.at(i - 1)!;
			const cos = nx * mx + ny * my;
			if (cos > 0.9999) continue;
			if (join === 'round') add(...disc(x0, y0, reach));
			else {
				// On the outer side of the turn.
				const side = mx * ny - my * nx > 0 ? reach : -reach;
				const tip = join === 'miter' && 2 / (1 + cos) <= MITER_LIMIT ** 2 ? side / (1 + cos) : 0;
				add(
					x0,
					y0,
					x0 + mx * side,
					y0 + my * side,
					...(tip ? [x0 + (mx + nx) * tip, y0 + (my + ny) * tip] : []),
					x0 + nx * side,
					y0 + ny * side
				);
			}
		}
	}
	return pieces;
}

function disc(x: number, y: number, radius: number): number[] {
	const corners = 16;
	return Array.from({ length: corners * 2 }, (_, i) => {
		const angle = (2 * Math.PI * (i >> 1)) / corners;
		return i % 2 ? y + radius * Math.sin(angle) : x + radius * Math.cos(angle);
	});
}

function reversed(polygon: Polygon): Polygon {
	const turned = new Float64Array(polygon.length);
	for (let i = 0; i < polygon.length; i += 2) {
		turned[i] = polygon[polygon.length - 2 - i]!;
		turned[i + 1] = polygon[polygon.length - 1 - i]!;
	}
	return turned;
}
