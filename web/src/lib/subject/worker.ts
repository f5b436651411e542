// The pixel work on a subject's alpha, away from the page: a photo's millions of pixels take longer than a frame.

import type { DocumentPoint, Size } from '../geometry/size.ts';
import { overwriteGetLocale, type Locale } from '../i18n/runtime.js';
import { answer, type Given } from '../workers/answer.ts';
import { refuseHuge } from './claimed.ts';
import type { Cutout, PaintedAlpha } from './cutout.ts';
import { keepLeftOut, leaveOut, partsOf } from './parts.ts';

export type SubjectRequest = {
	readonly leftOut: readonly DocumentPoint[];
	/** What is said is said in the page's language; a worker can't know which one that is. */
	readonly locale: Locale;
} & (
	| {
			readonly kind: 'cut';
			/** The worker's own: it closes it. */
			readonly photo: ImageBitmap;
			readonly alpha: Blob;
			readonly edges: Blob | undefined;
	  }
	| {
			readonly kind: 'keep';
			/** The worker's own: it closes it. */
			readonly painted: ImageBitmap;
			readonly whole: Blob | undefined;
	  }
);

answer(async (request: SubjectRequest): Promise<Given<Cutout | PaintedAlpha>> => {
	overwriteGetLocale(() => request.locale);
	if (request.kind === 'keep') return { result: await keep(request) };
	const result = await cut(request);
	return { result, give: [result.bitmap] };
});

async function cut({ photo, alpha, edges, leftOut }: SubjectRequest & { kind: 'cut' }): Promise<Cutout> {
	const image = taken(photo);
	const grey = await decode(alpha, image, { colorSpaceConversion: 'none' });
	// In the photo's colours, whose profile it carries.
	const clean = edges && (await decode(edges, image));
	let isEmpty = true;
	for (let i = 0; i < grey.length; i += 4) {
		const value = grey[i]!;
		image.data[i + 3] = value;
		if (value === 0) continue;
		isEmpty = false;
		if (clean && value < 255 && clean[i + 3] === 255)
			for (let c = i; c < i + 3; c++) image.data[c] = clean[c]!;
	}
	const parts = partsOf(image.data, image);
	leaveOut(image.data, image, leftOut);
	return { bitmap: await createImageBitmap(image), isEmpty, parts };
}

async function keep({ painted, whole, leftOut }: SubjectRequest & { kind: 'keep' }): Promise<PaintedAlpha> {
	const image = taken(painted);
	const { data } = image;
	let stillOut = leftOut;
	if (whole && leftOut.length > 0) {
		const before = await decode(whole, image, { colorSpaceConversion: 'none' });
		for (let i = 0; i < before.length; i += 4) before[i + 3] = before[i]!;
		stillOut = keepLeftOut(data, before, image, leftOut);
	}
	for (let i = 0; i < data.length; i += 4) {
		data[i] = data[i + 1] = data[i + 2] = data[i + 3]!;
		data[i + 3] = 255;
	}
	const grey = new OffscreenCanvas(image.width, image.height);
	grey.getContext('2d', { alpha: false })!.putImageData(image, 0, 0);
	return { alpha: await grey.convertToBlob({ type: 'image/png' }), leftOut: stillOut };
}

/** RGBA bytes. */
async function decode(picture: Blob, { width, height }: Size, options?: ImageBitmapOptions) {
	await refuseHuge(picture);
	const matte = await createImageBitmap(picture, options);
	if (matte.width === width && matte.height === height) return taken(matte).data;
	const size = `${matte.width} × ${matte.height}`;
	matte.close();
	throw new Error(`The server's alpha has ${size} pixels; the photo has ${width} × ${height}.`);
}

/** A bitmap's pixels; it is closed. */
function taken(bitmap: ImageBitmap): ImageData {
	const { width, height } = bitmap;
	const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
	context.drawImage(bitmap, 0, 0);
	bitmap.close();
	return context.getImageData(0, 0, width, height);
}
