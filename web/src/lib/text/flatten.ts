// Outlines as closed polygons, fine enough for a tolerance: what bends, perspective, strokes and sides are made from.

import { glyphOutline, type GlyphSource } from './outline.ts';

/** A closed polygon: x and y in turn. */
export type Polygon = Float64Array;

/** Where a bend moves a point. */
export type Warp = (x: number, y: number) => readonly [number, number];

/**
 * The contours of glyphs, bent.
 *
 * @param tolerance how far a side may lie from the curve, in layer pixels
 * @param longest sides are split until they are shorter, so that straight lines can bend; Infinity leaves them
 */
export function flattenGlyphs(
	glyphs: readonly GlyphSource[],
	tolerance: number,
	warp?: Warp,
	longest = Infinity
): Polygon[] {
	const polygons: Polygon[] = [];
	for (const { sized, glyph, x, y, scale } of glyphs) {
		let points: number[] = [];
		let [penX, penY] = [0, 0];
		const add = (px: number, py: number) => {
			const parts = Math.max(1, Math.ceil(Math.hypot(px - penX, py - penY) / longest));
			for (let i = 1; i <= parts; i++)
				points.push(penX + ((px - penX) * i) / parts, penY + ((py - penY) * i) / parts);
			[penX, penY] = [px, py];
		};
		const close = () => {
			if (points.length >= 6) polygons.push(finish(points, warp, longest));
			points = [];
		};
		for (const { type, values } of glyphOutline(sized, glyph)) {
			// Fonts measure y upwards.
			const at = (i: number): [number, number] => [x + values[i]! * scale, y - values[i + 1]! * scale];
			if (type === 'M') {
				close();
				[penX, penY] = at(0);
				points.push(penX, penY);
			} else if (type === 'L') add(...at(0));
			else if (type === 'Q') {
				const [x0, y0] = [penX, penY];
				const [[x1, y1], [x2, y2]] = [at(0), at(2)];
				const bulge = Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2);
				const parts = Math.max(1, Math.ceil(Math.sqrt(bulge / (4 * tolerance))));
				for (let i = 1; i <= parts; i++) {
					const [t, u] = [i / parts, 1 - i / parts];
					add(u * u * x0 + 2 * u * t * x1 + t * t * x2, u * u * y0 + 2 * u * t * y1 + t * t * y2);
				}
			} else if (type === 'C') {
				const [x0, y0] = [penX, penY];
				const [[x1, y1], [x2, y2], [x3, y3]] = [at(0), at(2), at(4)];
				const bulge = Math.max(
					Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2),
					Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3)
				);
				const parts = Math.max(1, Math.ceil(Math.sqrt((0.75 * bulge) / tolerance)));
				for (let i = 1; i <= parts; i++) {
					const [t, u] = [i / parts, 1 - i / parts];
					const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
					add(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3);
				}
			} else close();
		}
		close();
	}
	return polygons;
}

/** The closing side is split like the others; then everything is bent. */
function finish(points: number[], warp: Warp | undefined, longest: number): Polygon {
	const [x0, y0] = [points[0]!, points[1]!];
	const [x1, y1] = [points.at(-2)!, points.at(-1)!];
	const gap = Math.hypot(x1 - x0, y1 - y0);
	// Many outlines end where they began.
	if (gap < 1e-9) points.length -= 2;
	const parts = Math.ceil(gap / longest);
	for (let i = 1; i < parts; i++) points.push(x1 + ((x0 - x1) * i) / parts, y1 + ((y0 - y1) * i) / parts);
	if (warp)
		for (let i = 0; i < points.length; i += 2)
			[points[i], points[i + 1]] = warp(points[i]!, points[i + 1]!) as [number, number];
	return Float64Array.from(points);
}

/** A rectangle with round corners, bent. */
export function roundedBox(
	box: { x: number; y: number; width: number; height: number },
	radius: number,
	tolerance: number,
	warp: Warp | undefined,
	longest: number
): Polygon {
	const r = Math.min(radius, box.width / 2, box.height / 2);
	const steps = r === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(r / (2 * tolerance)) * 2));
	const points: number[] = [];
	const [right, bottom] = [box.x + box.width - r, box.y + box.height - r];
	const corners = [
		[right, box.y + r, -90],
		[right, bottom, 0],
		[box.x + r, bottom, 90],
		[box.x + r, box.y + r, 180]
	] as const;
	for (const [cx, cy, from] of corners)
		for (let i = 0; i <= steps; i++) {
			const angle = ((from + (90 * i) / (steps || 1)) * Math.PI) / 180;
			points.push(cx + r * Math.cos(angle), cy + r * Math.sin(angle));
		}
	return closedPolygon(points, warp, longest);
}

/** Corners, x and y in turn, become a polygon whose sides are shorter than `longest`; then it is bent. */
export function closedPolygon(corners: readonly number[], warp: Warp | undefined, longest: number): Polygon {
	const points = corners.slice(0, 2);
	for (let i = 2; i < corners.length; i += 2) {
		const [x0, y0, x1, y1] = corners.slice(i - 2, i + 2) as [number, number, number, number];
		const parts = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / longest));
		for (let k = 1; k <= parts; k++) points.push(x0 + ((x1 - x0) * k) / parts, y0 + ((y1 - y0) * k) / parts);
	}
	return finish(points, warp, longest);
}
