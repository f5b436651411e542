// The pictures at the size at which they are shown: shrunk once, well, instead of in every frame.

import type { Size } from '../../geometry/size.ts';

interface Pictures {
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
}

/** While a window is being resized, shrinking waits for the hand to rest, in ms. */
const REST = 80;

export class PreviewBitmaps {
	#current = $state.raw<Pictures>();
	#isShrinking = $state(false);
	/** What `current` was made from. */
	#full: Pictures | undefined;
	/** Made here, so closed here; the full-size ones belong to the editor. */
	#own: ImageBitmap[] = [];

	get current() {
		return this.#current;
	}

	/** Those of this size are being made. */
	get isShrinking() {
		return this.#isShrinking;
	}

	/** Takes these pictures at this size; returns what ends an unfinished shrinking. */
	show(full: Pictures | undefined, size: Size): () => void {
		let stopped = false;
		// Until the shrunk ones are there, other pictures are drawn from the full ones, the same ones as they are.
		const isOther = full !== this.#full;
		this.#isShrinking = false;
		if (isOther) this.#replace(full, full, []);
		if (!full || size.width >= full.photo.width) {
			if (!isOther) this.#replace(full, full, []);
			return () => undefined;
		}
		this.#isShrinking = true;
		const timer = setTimeout(
			() =>
				void shrink(full, size).then(
					(shrunk) => {
						const own = [shrunk.photo, ...(shrunk.cutout ? [shrunk.cutout] : [])];
						if (stopped) own.forEach((bitmap) => bitmap.close());
						else {
							this.#replace(full, shrunk, own);
							this.#isShrinking = false;
						}
					},
					// Closed meanwhile, or too little memory: the full ones go on being drawn.
					() => {
						if (!stopped) this.#isShrinking = false;
					}
				),
			isOther ? 0 : REST
		);
		return () => {
			stopped = true;
			clearTimeout(timer);
		};
	}

	close(): void {
		this.#replace(undefined, undefined, []);
	}

	#replace(full: Pictures | undefined, current: Pictures | undefined, own: ImageBitmap[]): void {
		this.#full = full;
		this.#current = current;
		this.#own.forEach((bitmap) => bitmap.close());
		this.#own = own;
	}
}

async function shrink({ photo, cutout }: Pictures, { width, height }: Size): Promise<Pictures> {
	const options = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' } as const;
	const shrunk = await createImageBitmap(photo, options);
	try {
		return { photo: shrunk, cutout: cutout && (await createImageBitmap(cutout, options)) };
	} catch (error) {
		shrunk.close();
		throw error;
	}
}
