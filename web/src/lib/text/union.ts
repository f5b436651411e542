// The outer shape of overlapping outlines: variable fonts and scripts overlap, and a line inside would show it.

import { FillRule, union as clipperUnion } from 'clipper2-ts';
import type { Polygon } from './flatten.ts';

/** Integer steps per unit: Clipper counts in whole numbers. */
const STEPS = 64;

/** The union of polygons (nonzero winding): outer rings and holes turn opposite ways. */
export function union(polygons: readonly Polygon[]): Polygon[] {
	const paths = polygons.map((polygon) =>
		Array.from({ length: polygon.length / 2 }, (_, i) => ({
			x: Math.round(polygon[2 * i]! * STEPS),
			y: Math.round(polygon[2 * i + 1]! * STEPS)
		}))
	);
	return clipperUnion(paths, FillRule.NonZero).map((path) =>
		Float64Array.from(path.flatMap(({ x, y }) => [x / STEPS, y / STEPS]))
	);
}
