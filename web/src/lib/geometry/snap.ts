// Where a dragged box clicks into place: the picture's edges, centre and thirds, and what other boxes offer.

import type { Box } from './size.ts';

/** A line at which something snapped, in document pixels. */
export interface Guide {
	readonly axis: 'x' | 'y';
	readonly at: number;
}

export interface Snapped {
	/** What is to be added to the box's place. */
	readonly dx: number;
	readonly dy: number;
	readonly guides: readonly Guide[];
}

/**
 * Moves a box onto the nearest lines, each axis for itself.
 *
 * @param centre where the box is held: it snaps as the box's edges and middle do
 * @param reach from how far away a line attracts, in document pixels
 */
export function snapBox(
	box: Box,
	centre: { x: number; y: number },
	picture: Box,
	others: readonly Box[],
	reach: number
): Snapped {
	const x = nearest(
		[centre.x, box.x, box.x + box.width],
		[...lines(picture.x, picture.width), ...others.flatMap((o) => [o.x, o.x + o.width / 2, o.x + o.width])],
		reach
	);
	const y = nearest(
		[centre.y, box.y, box.y + box.height],
		[
			...lines(picture.y, picture.height),
			...others.flatMap((o) => [o.y, o.y + o.height / 2, o.y + o.height])
		],
		reach
	);
	return {
		dx: x?.by ?? 0,
		dy: y?.by ?? 0,
		guides: [
			...(x ? [{ axis: 'x', at: x.at } as const] : []),
			...(y ? [{ axis: 'y', at: y.at } as const] : [])
		]
	};
}

/** An angle in degrees, on a multiple of `step` where it is within `reach` of one. */
export function snapAngle(angle: number, step: number, reach: number): number {
	const near = Math.round(angle / step) * step;
	const kept = Math.abs(angle - near) <= reach ? near : angle;
	// From -180 up to 180, as the document has it.
	return ((((kept + 180) % 360) + 360) % 360) - 180;
}

function lines(from: number, length: number): number[] {
	return [0, 1 / 3, 1 / 2, 2 / 3, 1].map((share) => from + share * length);
}

function nearest(
	places: readonly number[],
	lines: readonly number[],
	reach: number
): { by: number; at: number } | undefined {
	let best: { by: number; at: number } | undefined;
	for (const place of places)
		for (const at of lines)
			if (Math.abs(at - place) <= reach && Math.abs(at - place) < Math.abs(best?.by ?? Infinity))
				best = { by: at - place, at };
	return best;
}
