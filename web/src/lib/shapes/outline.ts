// The outlines of shapes: closed polygons around (0, 0), a shape's height high.

import type { ShapeLayer } from '../doc/document.ts';
import type { Box } from '../geometry/size.ts';
import { closedPolygon, roundedBox, type Polygon, type Warp } from '../text/flatten.ts';

/** The box that a shape fills. */
export function shapeBox({ size, aspect }: Pick<ShapeLayer, 'size' | 'aspect'>): Box {
	const width = size * aspect;
	return { x: -width / 2, y: -size / 2, width, height: size };
}

/**
 * @param tolerance how far a side may lie from the curve, in layer pixels
 * @param longest sides are split until they are shorter, so that they can bend
 */
export function shapeOutline(
	layer: ShapeLayer,
	tolerance: number,
	warp: Warp | undefined,
	longest: number
): Polygon {
	const box = shapeBox(layer);
	if (layer.shape === 'rectangle' || layer.shape === 'line')
		return roundedBox(box, layer.cornerRadius * layer.size, tolerance, warp, longest);
	const corners = CORNERS[layer.shape](layer, tolerance);
	return closedPolygon(
		corners.map((value, index) => value * (index % 2 === 0 ? box.width / 2 : box.height / 2)),
		warp,
		longest
	);
}

/** Corners in a box from -1 to 1. */
const CORNERS: Record<
	Exclude<ShapeLayer['shape'], 'rectangle' | 'line'>,
	(layer: ShapeLayer, tolerance: number) => number[]
> = {
	ellipse: ({ size, aspect }, tolerance) => {
		const radius = (size * Math.max(1, aspect)) / 2;
		const count = Math.max(12, Math.ceil(Math.PI / Math.sqrt((2 * tolerance) / radius)));
		return Array.from({ length: count }, (_, i) => (2 * Math.PI * i) / count).flatMap((angle) => [
			Math.cos(angle),
			Math.sin(angle)
		]);
	},
	arrow: ({ aspect }) => {
		// The head is as long as it is high, and at most half of the arrow.
		const neck = 1 - Math.min(1, 2 / aspect);
		return [-1, -0.36, neck, -0.36, neck, -1, 1, 0, neck, 1, neck, 0.36, -1, 0.36];
	},
	star: () => {
		// A regular star, stretched until it fills its box.
		const points = Array.from({ length: 10 }, (_, i) => {
			const [angle, radius] = [((-90 + 36 * i) * Math.PI) / 180, i % 2 === 0 ? 1 : 0.45];
			return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
		});
		const [wide, low] = [Math.cos(Math.PI / 10), Math.sin(0.3 * Math.PI)];
		return points.flatMap(([x, y]) => [x / wide, ((y + 1) / (1 + low)) * 2 - 1]);
	},
	heart: ({ size, aspect }, tolerance) => {
		const half = [
			[0, -0.5, 0.12, -1.08, 1, -1.2, 1, -0.42],
			[1, -0.42, 1, 0.2, 0.32, 0.55, 0, 1]
		] as const;
		const count = Math.max(8, Math.ceil(Math.sqrt((size * Math.max(1, aspect)) / (4 * tolerance))));
		const right = half.flatMap(([x0, y0, x1, y1, x2, y2, x3, y3]) =>
			Array.from({ length: count }, (_, i) => {
				const [t, u] = [i / count, 1 - i / count];
				const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
				return [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3] as const;
			})
		);
		// The lobes end a little below the box's upper edge: moved up to it.
		const top = Math.min(...right.map(([, y]) => y));
		const placed = [...right, [0, 1] as const].map(([x, y]) => [x, ((y - top) / (1 - top)) * 2 - 1] as const);
		return [
			...placed,
			...placed
				.slice(1, -1)
				.reverse()
				.map(([x, y]) => [-x, y] as const)
		].flat();
	}
};
