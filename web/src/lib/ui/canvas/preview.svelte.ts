// The pictures at the size at which they are shown: shrunk once, well, instead of in every frame.

import type { Size } from '../../geometry/size.ts';

interface Pictures {
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
}

export class PreviewBitmaps {
	#current = $state.raw<Pictures>();
	/** Made here, so closed here; the full-size ones belong to the editor. */
	#own: ImageBitmap[] = [];

	get current() {
		return this.#current;
	}

	/** Takes these pictures at this size; returns what ends an unfinished shrinking. */
	show(full: Pictures | undefined, size: Size): () => void {
		let stopped = false;
		if (!full || size.width >= full.photo.width) this.#replace(full, []);
		else {
			// Until the shrunk ones are there, the full ones are drawn smaller.
			if (!this.#current) this.#replace(full, []);
			void shrink(full, size).then((shrunk) => {
				const own = [shrunk.photo, ...(shrunk.cutout ? [shrunk.cutout] : [])];
				if (stopped) own.forEach((bitmap) => bitmap.close());
				else this.#replace(shrunk, own);
			});
		}
		return () => (stopped = true);
	}

	close(): void {
		this.#replace(undefined, []);
	}

	#replace(current: Pictures | undefined, own: ImageBitmap[]): void {
		this.#current = current;
		this.#own.forEach((bitmap) => bitmap.close());
		this.#own = own;
	}
}

async function shrink({ photo, cutout }: Pictures, size: Size): Promise<Pictures> {
	const options = { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' } as const;
	return {
		photo: await createImageBitmap(photo, options),
		cutout: cutout && (await createImageBitmap(cutout, options))
	};
}
