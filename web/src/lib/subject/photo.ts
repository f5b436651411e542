// A photo file as pixels: upright, opaque, as the server sees it too.

import { refuseHuge } from './claimed.ts';

/**
 * Decodes what this browser can. Transparency is laid on white, since the model sees it so.
 *
 * Throws what the browser throws where it can't, or where it would not turn the photo as its EXIF says.
 */
export async function decodePhoto(file: Blob): Promise<ImageBitmap> {
	const start = new Uint8Array(await file.slice(0, 21).arrayBuffer());
	if (isWebpWithExif(start)) throw new Error('Browsers ignore the orientation in a WebP.');
	await refuseHuge(file);
	const bitmap = await createImageBitmap(file);
	// A JPEG has no transparency, and a name may lie.
	if (start[0] === 0xff && start[1] === 0xd8) return bitmap;
	try {
		const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
		const context = canvas.getContext('2d', { alpha: false })!;
		context.fillStyle = '#ffffff';
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.drawImage(bitmap, 0, 0);
		return canvas.transferToImageBitmap();
	} finally {
		bitmap.close();
	}
}

/** RIFF, WEBP, VP8X, and the flag for EXIF among its features: the container's specification. */
function isWebpWithExif(start: Uint8Array): boolean {
	const word = (at: number) => String.fromCharCode(...start.subarray(at, at + 4));
	return word(0) === 'RIFF' && word(8) === 'WEBP' && word(12) === 'VP8X' && (start[20]! & 0x08) !== 0;
}
