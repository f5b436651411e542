// How large a picture says that it is: asked before it is unpacked, since a small file may hold a picture that fills
// the memory.

import { m } from '../i18n/messages.js';
import type { Size } from '../geometry/size.ts';

/** The server takes no more either. */
const MOST_PIXELS = 100e6;

/** Photos carry previews and profiles before their size. */
const HEADER = 2 ** 20;

/** Before it is turned upright; nothing where the header is of a kind that is not known. */
async function claimedSize(file: Blob): Promise<Size | undefined> {
	const { imageSize } = await import('image-size');
	try {
		return imageSize(new Uint8Array(await file.slice(0, HEADER).arrayBuffer()));
	} catch {
		return undefined;
	}
}

/** A picture of more pixels than are taken here. */
export class TooManyPixels extends Error {}

/** Throws TooManyPixels where it says that it has too many pixels. */
export async function refuseHuge(file: Blob): Promise<void> {
	const size = await claimedSize(file);
	const pixels = size ? size.width * size.height : 0;
	if (pixels > MOST_PIXELS)
		throw new TooManyPixels(
			m.too_many_pixels({ megapixels: Math.round(pixels / 1e6), limit: Math.round(MOST_PIXELS / 1e6) })
		);
}
