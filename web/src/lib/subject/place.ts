// Where a first text is best seen: behind the subject, but not hidden by it.

import type { Box } from '../geometry/size.ts';

/** The longer side of the grid that is looked at, in cells. */
const GRID = 64;

/** A text that is hidden to a smaller share stays where it is. */
const TOLERATED = 0.55;

/** The share that shows best that the text is behind. */
const BEST = 0.25;

/** An alpha on a coarse grid. */
export interface AlphaGrid {
	readonly width: number;
	readonly height: number;
	/** 0 to 255. */
	readonly alpha: ArrayLike<number>;
}

export function alphaGrid(cutout: ImageBitmap): AlphaGrid {
	const scale = GRID / Math.max(cutout.width, cutout.height);
	const [width, height] = [cutout.width, cutout.height].map((side) =>
		Math.max(1, Math.round(side * scale))
	) as [number, number];
	const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
	context.drawImage(cutout, 0, 0, width, height);
	const { data } = context.getImageData(0, 0, width, height);
	return { width, height, alpha: Array.from({ length: width * height }, (_, i) => data[4 * i + 3]!) };
}

/**
 * How far a text moves down (or up) to be seen.
 *
 * @param box what it takes, as shares of the picture, all within it
 * @returns a share of the picture's height; 0 where it is seen well enough
 */
export function wayIntoSight(grid: AlphaGrid, box: Box): number {
	const hiddenAt = (y: number) => hidden(grid, { ...box, y });
	if (hiddenAt(box.y) <= TOLERATED) return 0;
	let [best, rating] = [box.y, Infinity];
	// A little off the edges.
	const [first, last] = [0.03, 0.97 - box.height];
	for (let y = first; y <= last; y += 0.02) {
		// Of two that are as good, the one nearer to where it was.
		const rated = Math.abs(hiddenAt(y) - BEST) + 0.05 * Math.abs(y - box.y);
		if (rated < rating) [best, rating] = [y, rated];
	}
	return best - box.y;
}

/** The share of a box that the subject covers. */
function hidden({ width, height, alpha }: AlphaGrid, box: Box): number {
	const [left, top] = [Math.floor(box.x * width), Math.floor(box.y * height)];
	const right = Math.min(width, Math.max(left + 1, Math.ceil((box.x + box.width) * width)));
	const bottom = Math.max(top + 1, Math.ceil((box.y + box.height) * height));
	let sum = 0;
	for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += alpha[y * width + x] ?? 0;
	return sum / 255 / ((right - left) * (bottom - top));
}
