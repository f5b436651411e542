// Crops: the proportions that people ask for, and where a crop may lie.

import { clamp, type Box, type Size } from '../geometry/size.ts';
import { SMALLEST_CROP } from './schema.ts';

/** Width by height. */
export const ASPECTS = {
	square: 1,
	portrait: 4 / 5,
	story: 9 / 16,
	wide: 16 / 9
} as const;
export type Aspect = keyof typeof ASPECTS;

/** Which of them a crop has; "free" for another, "whole" for none. */
export function aspectOf(crop: Size | undefined): Aspect | 'free' | 'whole' {
	if (!crop) return 'whole';
	const found = (Object.keys(ASPECTS) as Aspect[]).find(
		// Within a pixel: a crop has whole ones.
		(key) => Math.abs(crop.width - crop.height * ASPECTS[key]) <= 1.5
	);
	return found ?? 'free';
}

/** The largest crop of some proportions around a point, moved until it lies within the photo. */
export function cropOf(ratio: number, photo: Size, around: { x: number; y: number }): Box {
	const width = Math.round(Math.min(photo.width, photo.height * ratio));
	const height = Math.round(Math.min(photo.height, photo.width / ratio));
	return within({ x: around.x - width / 2, y: around.y - height / 2, width, height }, photo);
}

/** The same crop, of whole pixels, in the photo. */
export function within(crop: Box, photo: Size): Box {
	const width = clamp(Math.round(crop.width), Math.min(SMALLEST_CROP, photo.width), photo.width);
	const height = clamp(Math.round(crop.height), Math.min(SMALLEST_CROP, photo.height), photo.height);
	return {
		x: clamp(Math.round(crop.x), 0, photo.width - width),
		y: clamp(Math.round(crop.y), 0, photo.height - height),
		width,
		height
	};
}

/**
 * A crop whose corner is dragged to a point; the opposite corner stays.
 *
 * @param index of the corner, clockwise from the top left
 * @param ratio width by height, to be kept; nothing where both are free
 */
export function cornerTo(
	crop: Box,
	index: number,
	to: { x: number; y: number },
	photo: Size,
	ratio?: number
): Box {
	const isLeft = index === 0 || index === 3;
	const isTop = index < 2;
	const [fx, fy] = [isLeft ? crop.x + crop.width : crop.x, isTop ? crop.y + crop.height : crop.y];
	const [wide, high] = [isLeft ? fx : photo.width - fx, isTop ? fy : photo.height - fy];
	let width = clamp(isLeft ? fx - to.x : to.x - fx, SMALLEST_CROP, wide);
	let height = clamp(isTop ? fy - to.y : to.y - fy, SMALLEST_CROP, high);
	if (ratio !== undefined) {
		width = clamp(
			Math.max(width, height * ratio),
			SMALLEST_CROP * Math.max(1, ratio),
			Math.min(wide, high * ratio)
		);
		height = width / ratio;
	}
	return within({ x: isLeft ? fx - width : fx, y: isTop ? fy - height : fy, width, height }, photo);
}
