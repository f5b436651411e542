// The photo with the subject's alpha: what the subject layer shows. Its pixels are worked on away from the page.

import { getLocale } from '../i18n/runtime.js';
import type { DocumentPoint } from '../geometry/size.ts';
import { KeptWorker } from '../workers/ask.ts';
import type { Part } from './parts.ts';
import type { SubjectRequest } from './worker.ts';

export interface Cutout {
	/** At the photo's size; straight alpha 0 where there is no subject. */
	readonly bitmap: ImageBitmap;
	/** No pixel belongs to a subject. */
	readonly isEmpty: boolean;
	/** The subjects that stand apart in the alpha, left out or not. */
	readonly parts: readonly Part[];
}

/** What was painted, to be kept. */
export interface PaintedAlpha {
	/** A grey PNG, as the server sends it. */
	readonly alpha: Blob;
	/** Of the points of subjects that were left out, those that were not painted on. */
	readonly leftOut: readonly DocumentPoint[];
}

const worker = new KeptWorker(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));

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
	// The worker's own copy: giving the page's away would leave it without.
	const copy = await createImageBitmap(photo);
	const request = { kind: 'cut', photo: copy, alpha, edges, leftOut, locale: getLocale() } as const;
	return give(request satisfies SubjectRequest, copy);
}

/**
 * The alpha of a cutout that was painted on. Encoding it on a busy page would take seconds: browsers do it there
 * only where nothing else is to be done.
 *
 * @param painted is given away
 * @param whole the alpha before, which has the subjects at `leftOut`, too
 */
export async function paintedAlpha(
	painted: ImageBitmap,
	whole: Blob | undefined,
	leftOut: readonly DocumentPoint[]
): Promise<PaintedAlpha> {
	const request = { kind: 'keep', painted, whole, leftOut, locale: getLocale() } as const;
	return give(request satisfies SubjectRequest, painted);
}

/** Asks, and gives the bitmap away; one that did not come away is closed. */
async function give<Result>(request: SubjectRequest, bitmap: ImageBitmap): Promise<Result> {
	try {
		return await worker.ask<Result>(request, { give: [bitmap] });
	} finally {
		bitmap.close();
	}
}
