// The photo with the subject's alpha: what the subject layer shows.

import type { Size } from '../geometry/size.ts';

export interface Cutout {
	/** At the photo's size; straight alpha 0 where there is no subject. */
	readonly bitmap: ImageBitmap;
	/** No pixel belongs to a subject. */
	readonly isEmpty: boolean;
}

/**
 * Puts an alpha on a photo.
 *
 * @param photo at full size
 * @param alpha a grey image of the same size
 */
export async function makeCutout(photo: ImageBitmap, alpha: Blob): Promise<Cutout> {
	const grey = await decodeAlpha(alpha, photo);
	const image = pixels(photo, photo);
	let isEmpty = true;
	for (let i = 0; i < grey.length; i += 4) {
		image.data[i + 3] = grey[i]!;
		if (grey[i] !== 0) isEmpty = false;
	}
	return { bitmap: await createImageBitmap(image), isEmpty };
}

/** RGBA bytes, of which the first three are alike. */
async function decodeAlpha(alpha: Blob, { width, height }: Size): Promise<Uint8ClampedArray> {
	const matte = await createImageBitmap(alpha, { colorSpaceConversion: 'none' });
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
