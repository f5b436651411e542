// Sizes, points and boxes; a point says in its type which space it lives in.

export interface Size {
	readonly width: number;
	readonly height: number;
}

/** A point; `Space` keeps document, layer and screen coordinates apart at no cost. */
export interface Point<Space extends string = string> {
	readonly x: number;
	readonly y: number;
	readonly space?: Space;
}

/** Document pixels: the photo's own, origin at its top left, y down. */
export type DocumentPoint = Point<'document'>;

export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** The largest factor at which `inner` lies within `outer`. */
export function fitScale(inner: Size, outer: Size): number {
	return Math.min(outer.width / inner.width, outer.height / inner.height);
}

export function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}

/** What two boxes share, if anything. */
export function intersection(a: Box, b: Box): Box | undefined {
	const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
	const width = Math.min(a.x + a.width, b.x + b.width) - x;
	const height = Math.min(a.y + a.height, b.y + b.height) - y;
	return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
