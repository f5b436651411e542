// A few colours of a photo, far enough apart to be worth offering.

const GRID = 40;
const OFFERED = 8;
/** Squared distance in RGB below which two colours look alike on a swatch. */
const ALIKE = 60 ** 2;

/** White, black, and the photo's commonest colours that differ, as #rrggbb. */
export function swatchesOf(photo: CanvasImageSource): string[] {
	const context = new OffscreenCanvas(GRID, GRID).getContext('2d', { willReadFrequently: true })!;
	context.drawImage(photo, 0, 0, GRID, GRID);
	return commonColours(context.getImageData(0, 0, GRID, GRID).data);
}

/** @param pixels RGBA, 4 bytes each */
export function commonColours(pixels: Uint8ClampedArray): string[] {
	// Buckets of 16 levels a channel; each is shown as the mean of what fell into it.
	const buckets = new Map<number, [count: number, r: number, g: number, b: number]>();
	for (let i = 0; i < pixels.length; i += 4) {
		const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
		const key = ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);
		const [count, sumR, sumG, sumB] = buckets.get(key) ?? [0, 0, 0, 0];
		buckets.set(key, [count + 1, sumR + r, sumG + g, sumB + b]);
	}
	const chosen: number[][] = [
		[255, 255, 255],
		[0, 0, 0]
	];
	for (const [count, ...sums] of [...buckets.values()].sort((a, b) => b[0] - a[0])) {
		const colour = sums.map((sum) => Math.round(sum / count));
		if (chosen.length < OFFERED && chosen.every((other) => distance(other, colour) > ALIKE))
			chosen.push(colour);
	}
	return chosen.map((colour) => '#' + colour.map((value) => value.toString(16).padStart(2, '0')).join(''));
}

function distance(a: readonly number[], b: readonly number[]): number {
	return a.reduce((sum, value, index) => sum + (value - b[index]!) ** 2, 0);
}
