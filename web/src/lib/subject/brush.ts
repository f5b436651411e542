// Erases from a cutout, or restores into it, with a round brush.

import type { DocumentPoint } from '../geometry/size.ts';

export interface BrushSettings {
	readonly mode: 'erase' | 'restore';
	/** Diameter in pixels of the photo. */
	readonly size: number;
	/** 0: soft from the middle on; 1: a hard edge. */
	readonly hardness: number;
	/** Takes only what has the colour under the brush's middle: it stops at edges. */
	readonly followsEdges: boolean;
}

/** Colours nearer than the first are the same thing, farther than the second another; of a distance of up to 442. */
const [SAME, OTHER] = [22, 66];

/** Stamps follow each other at this share of the brush's size: closer is not seen. */
const STEP = 0.12;

export class SubjectBrush {
	/** The cutout as it is now, for the preview to draw. */
	readonly canvas: OffscreenCanvas;
	readonly #context: OffscreenCanvasRenderingContext2D;
	readonly #photo: CanvasImageSource;
	/** The photo's pixels, once somebody follows edges. */
	#pixels: OffscreenCanvasRenderingContext2D | undefined;
	#stamp: OffscreenCanvas | undefined;
	#stampKey = '';

	/** @param photo at full size; it must live as long as the brush */
	constructor(photo: ImageBitmap, cutout: CanvasImageSource | undefined) {
		this.#photo = photo;
		this.canvas = new OffscreenCanvas(photo.width, photo.height);
		this.#context = this.canvas.getContext('2d')!;
		if (cutout) this.#context.drawImage(cutout, 0, 0);
	}

	/** From one point to the next; a single point where both are the same. */
	stroke(from: DocumentPoint, to: DocumentPoint, settings: BrushSettings): void {
		const length = Math.hypot(to.x - from.x, to.y - from.y);
		const steps = Math.max(1, Math.ceil(length / (settings.size * STEP)));
		for (let i = 1; i <= steps; i++)
			this.#dab(from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps, settings);
	}

	#dab(x: number, y: number, settings: BrushSettings): void {
		const round = this.#stampOf(settings);
		const [left, top] = [Math.round(x - round.width / 2), Math.round(y - round.height / 2)];
		const stamp = settings.followsEdges ? this.#likeTheMiddle(round, left, top) : round;
		if (settings.mode === 'erase') {
			this.#context.globalCompositeOperation = 'destination-out';
			this.#context.drawImage(stamp, left, top);
			this.#context.globalCompositeOperation = 'source-over';
			return;
		}
		const part = new OffscreenCanvas(stamp.width, stamp.height);
		const context = part.getContext('2d')!;
		context.drawImage(stamp, 0, 0);
		context.globalCompositeOperation = 'source-in';
		context.drawImage(this.#photo, -left, -top);
		this.#context.drawImage(part, left, top);
	}

	/** The stamp, where the photo has about the colour that it has under the stamp's middle. */
	#likeTheMiddle(stamp: OffscreenCanvas, left: number, top: number): OffscreenCanvas {
		const { width: side } = stamp;
		if (!this.#pixels) {
			const { width, height } = this.canvas;
			this.#pixels = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
			this.#pixels.drawImage(this.#photo, 0, 0);
		}
		const { data } = this.#pixels.getImageData(left, top, side, side);
		const middle = (side >> 1) * side + (side >> 1);
		const colour = [0, 1, 2].map((channel) => {
			// Of a few pixels: one alone may be noise.
			const near = [0, -1, 1, -side, side].map((step) => data[4 * (middle + step) + channel] ?? 0);
			return near.reduce((sum, value) => sum + value, 0) / near.length;
		}) as [number, number, number];
		const part = new OffscreenCanvas(side, side);
		const context = part.getContext('2d')!;
		context.drawImage(stamp, 0, 0);
		const image = context.getImageData(0, 0, side, side);
		for (let i = 0; i < image.data.length; i += 4) {
			const distance = Math.hypot(data[i]! - colour[0], data[i + 1]! - colour[1], data[i + 2]! - colour[2]);
			image.data[i + 3]! *= Math.min(1, Math.max(0, (OTHER - distance) / (OTHER - SAME)));
		}
		context.putImageData(image, 0, 0);
		return part;
	}

	#stampOf({ size, hardness }: BrushSettings): OffscreenCanvas {
		const key = `${size} ${hardness}`;
		if (this.#stamp && key === this.#stampKey) return this.#stamp;
		const side = Math.max(1, Math.ceil(size));
		const stamp = new OffscreenCanvas(side, side);
		const context = stamp.getContext('2d')!;
		const gradient = context.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, side / 2);
		gradient.addColorStop(Math.min(0.98, hardness), '#000000ff');
		gradient.addColorStop(1, '#00000000');
		context.fillStyle = gradient;
		context.fillRect(0, 0, side, side);
		this.#stamp = stamp;
		this.#stampKey = key;
		return stamp;
	}
}
