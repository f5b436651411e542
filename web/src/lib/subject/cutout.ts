// The photo with the subject's alpha: what the subject layer shows.

import type { DocumentPoint, Size } from '../geometry/size.ts';
import { refuseHuge } from './claimed.ts';
import { leaveOut, partsOf, type Part } from './parts.ts';

export interface Cutout {
	/** At the photo's size; straight alpha 0 where there is no subject. */
	readonly bitmap: ImageBitmap;
	/** No pixel belongs to a subject. */
	readonly isEmpty: boolean;
	/** The subjects that stand apart in the alpha, left out or not. */
	readonly parts: readonly Part[];
}

/**
 * Puts an alpha on a photo.
 *
 * @param photo at full size
 * @param alpha a grey image of the same size
 * @param edges of the same size; where it is opaque and the alpha soft, its colours take the photo's place
 * @param leftOut points of the subjects that are not wanted
 */
export async function makeCutout(
	photo: ImageBitmap,
	alpha: Blob,
	edges: Blob | undefined,
	leftOut: readonly DocumentPoint[]
): Promise<Cutout> {
	const grey = await decode(alpha, photo, { colorSpaceConversion: 'none' });
	// In the photo's colours, whose profile it carries.
	const clean = edges && (await decode(edges, photo));
	const image = pixels(photo, photo);
	let isEmpty = true;
	for (let i = 0; i < grey.length; i += 4) {
		const value = grey[i]!;
		image.data[i + 3] = value;
		if (value === 0) continue;
		isEmpty = false;
		if (clean && value < 255 && clean[i + 3] === 255)
			for (let c = i; c < i + 3; c++) image.data[c] = clean[c]!;
	}
	const parts = partsOf(image.data, photo);
	leaveOut(image.data, photo, leftOut);
	return { bitmap: await createImageBitmap(image), isEmpty, parts };
}

/** RGBA bytes whose alpha is the grey of an image. */
export async function alphaPixels(alpha: Blob, size: Size): Promise<Uint8ClampedArray> {
	const grey = await decode(alpha, size, { colorSpaceConversion: 'none' });
	for (let i = 0; i < grey.length; i += 4) grey[i + 3] = grey[i]!;
	return grey;
}

/** RGBA bytes. */
async function decode(
	picture: Blob,
	{ width, height }: Size,
	options?: ImageBitmapOptions
): Promise<Uint8ClampedArray> {
	await refuseHuge(picture);
	const matte = await createImageBitmap(picture, options);
	try {
		if (matte.width !== width || matte.height !== height)
			throw new Error(
				`The server's alpha has ${matte.width} × ${matte.height} pixels; the photo has ${width} × ${height}.`
			);
		return pixels(matte, matte).data;
	} finally {
		matte.close();
	}
}

function pixels(source: ImageBitmap, { width, height }: Size): ImageData {
	const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
	context.drawImage(source, 0, 0);
	return context.getImageData(0, 0, width, height);
}
