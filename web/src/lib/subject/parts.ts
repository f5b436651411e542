// Subjects that stand apart in one alpha: found as connected areas, and left out one by one.

import type { DocumentPoint, Size } from '../geometry/size.ts';

/** The longer side of the grid that areas are looked for on, in cells: finer gaps join. */
const GRID = 384;

/** From this alpha on, of 255, a cell belongs to a subject. */
const SOLID = 96;

/** A smaller share of the picture is a speck, not a subject. */
const SMALLEST = 0.004;

/** One of several subjects. */
export interface Part {
	/** A point of it, in pixels of the photo: what a document names it by. */
	readonly point: DocumentPoint;
	/** Around it, in pixels of the photo. */
	readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** An alpha on a coarse grid, each cell with the number of its area; 0 where there is none. */
interface Areas {
	readonly width: number;
	readonly height: number;
	/** Pixels per cell. */
	readonly cell: number;
	readonly labels: Int32Array;
	readonly cells: readonly (readonly number[])[];
}

/**
 * The subjects of an alpha, from the left to the right.
 *
 * @param rgba pixels whose alpha it is
 */
export function partsOf(rgba: Uint8ClampedArray, size: Size): Part[] {
	const areas = areasOf(rgba, size);
	const { width, height, cell, cells } = areas;
	return cells
		.filter((area) => area.length > SMALLEST * width * height)
		.map((area) => {
			let [left, top, right, bottom] = [width, height, 0, 0];
			for (const i of area) {
				const [x, y] = [i % width, Math.floor(i / width)];
				[left, top] = [Math.min(left, x), Math.min(top, y)];
				[right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
			}
			// Of its own cells the one nearest to its middle.
			const [mx, my] = [(left + right) / 2, (top + bottom) / 2];
			const inner = area.reduce((best, i) => {
				const far = (k: number) => Math.hypot((k % width) + 0.5 - mx, Math.floor(k / width) + 0.5 - my);
				return far(i) < far(best) ? i : best;
			});
			return {
				point: { x: ((inner % width) + 0.5) * cell, y: (Math.floor(inner / width) + 0.5) * cell },
				box: { x: left * cell, y: top * cell, width: (right - left) * cell, height: (bottom - top) * cell }
			};
		})
		.sort((a, b) => a.point.x - b.point.x);
}

/** Makes the subjects at some points transparent, with what is soft around them; in place. */
export function leaveOut(rgba: Uint8ClampedArray, size: Size, points: readonly DocumentPoint[]): void {
	if (points.length === 0) return;
	const { width, height, cell, labels } = areasOf(rgba, size);
	const at = ({ x, y }: DocumentPoint) =>
		labels[Math.min(height - 1, Math.floor(y / cell)) * width + Math.min(width - 1, Math.floor(x / cell))] ??
		0;
	const out = new Set(points.map(at).filter((label) => label > 0));
	if (out.size === 0) return;
	const nearest = spread(labels, width, height);
	for (let y = 0; y < size.height; y++) {
		const row = Math.min(height - 1, Math.floor(y / cell)) * width;
		for (let x = 0; x < size.width; x++)
			if (out.has(nearest[row + Math.min(width - 1, Math.floor(x / cell))]!))
				rgba[4 * (y * size.width + x) + 3] = 0;
	}
}

/**
 * Gives back what was left out while somebody painted beside it, and leaves alone what they painted there; in place.
 * Returns the points of what is out still: not of what was painted on.
 *
 * @param painted pixels whose alpha was painted on, without the subjects at `points`
 * @param whole pixels whose alpha has them
 */
export function keepLeftOut(
	painted: Uint8ClampedArray,
	whole: Uint8ClampedArray,
	size: Size,
	points: readonly DocumentPoint[]
): readonly DocumentPoint[] {
	const rest = whole.slice();
	return points.filter((point) => {
		rest.set(whole);
		leaveOut(rest, size, [point]);
		const isOurs = (i: number) => rest[i] === 0 && whole[i] !== 0;
		let isPainted = false;
		for (let i = 3; i < whole.length && !isPainted; i += 4) isPainted = painted[i] !== 0 && isOurs(i);
		if (!isPainted) for (let i = 3; i < whole.length; i += 4) if (isOurs(i)) painted[i] = whole[i]!;
		return !isPainted;
	});
}

function areasOf(rgba: Uint8ClampedArray, size: Size): Areas {
	const cell = Math.max(1, Math.max(size.width, size.height) / GRID);
	const [width, height] = [Math.ceil(size.width / cell), Math.ceil(size.height / cell)];
	const isSolid = (x: number, y: number) => {
		const px = Math.min(size.width - 1, Math.floor((x + 0.5) * cell));
		const py = Math.min(size.height - 1, Math.floor((y + 0.5) * cell));
		return rgba[4 * (py * size.width + px) + 3]! >= SOLID;
	};
	const labels = new Int32Array(width * height);
	const cells: number[][] = [];
	for (let start = 0; start < labels.length; start++) {
		if (labels[start] !== 0 || !isSolid(start % width, Math.floor(start / width))) continue;
		const label = cells.length + 1;
		const area = [start];
		labels[start] = label;
		for (let next = 0; next < area.length; next++) {
			const [x, y] = [area[next]! % width, Math.floor(area[next]! / width)];
			for (const [dx, dy] of AROUND) {
				const [nx, ny] = [x + dx, y + dy];
				if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
				const i = ny * width + nx;
				if (labels[i] !== 0 || !isSolid(nx, ny)) continue;
				labels[i] = label;
				area.push(i);
			}
		}
		cells.push(area);
	}
	return { width, height, cell, labels, cells };
}

const AROUND = [-1, 0, 1].flatMap((dx) =>
	[-1, 0, 1].filter((dy) => dx !== 0 || dy !== 0).map((dy) => [dx, dy] as const)
);

/** Every cell gets the number of the area that is nearest, step by step from all of them at once. */
function spread(labels: Int32Array, width: number, height: number): Int32Array {
	const nearest = labels.slice();
	const queue: number[] = [];
	for (let i = 0; i < nearest.length; i++) if (nearest[i] !== 0) queue.push(i);
	for (let next = 0; next < queue.length; next++) {
		const i = queue[next]!;
		const [x, y] = [i % width, Math.floor(i / width)];
		for (const [dx, dy] of AROUND) {
			const [nx, ny] = [x + dx, y + dy];
			if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
			const k = ny * width + nx;
			if (nearest[k] !== 0) continue;
			nearest[k] = nearest[i]!;
			queue.push(k);
		}
	}
	return nearest;
}
