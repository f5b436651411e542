// The pictures that a person brought into a document: stickers, fills and backgrounds, as files and decoded.

import { refuseHuge } from '../subject/claimed.ts';
import { m } from '../i18n/messages.js';
import type { KeptPicture } from '../persist/project.ts';

/** The longer side of what is drawn, in pixels: a sticker of more is shrunk once instead of in every frame. */
const LONGEST = 4096;

const LIMIT = 50e6;

/** How many a project may have. */
export const MOST_PICTURES = 100;

/** Immutable: whoever draws sees another object when a picture has come. */
export class BroughtPictures {
	readonly #files: readonly KeptPicture[];
	/** To draw with, by id. */
	readonly bitmaps: ReadonlyMap<string, ImageBitmap>;

	constructor(files: readonly KeptPicture[] = [], bitmaps: ReadonlyMap<string, ImageBitmap> = new Map()) {
		this.#files = files;
		this.bitmaps = bitmaps;
	}

	/** The files of some of them; of all where nothing is said. */
	files(ids?: ReadonlySet<string>): readonly KeptPicture[] {
		return ids ? this.#files.filter(({ id }) => ids.has(id)) : this.#files;
	}

	/** With one more, decoded; or only its file, where this browser can't. */
	with(picture: KeptPicture, bitmap: ImageBitmap | undefined): BroughtPictures {
		if (this.#files.some(({ id }) => id === picture.id)) {
			bitmap?.close();
			return this;
		}
		const drawn = bitmap ? ([[picture.id, bitmap]] as const) : [];
		return new BroughtPictures([...this.#files, picture], new Map([...this.bitmaps, ...drawn]));
	}

	close(): void {
		for (const bitmap of this.bitmaps.values()) bitmap.close();
	}
}

/** Throws an Error where this browser can't read it. */
export async function decodePicture(file: Blob): Promise<ImageBitmap> {
	if (file.size > LIMIT)
		throw new Error(m.picture_too_large({ size: (file.size / 1e6).toFixed(0), limit: LIMIT / 1e6 }));
	await refuseHuge(file);
	let bitmap: ImageBitmap;
	try {
		bitmap = await createImageBitmap(file);
	} catch {
		throw new Error(m.picture_unreadable());
	}
	const scale = LONGEST / Math.max(bitmap.width, bitmap.height);
	if (scale >= 1) return bitmap;
	try {
		return await createImageBitmap(bitmap, {
			resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
			resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
			resizeQuality: 'high'
		});
	} finally {
		bitmap.close();
	}
}
