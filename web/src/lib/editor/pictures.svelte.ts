// The pictures that the open project brought, and how more come: from the person's disk, or with copied layers.

import { m } from '../i18n/messages.js';
import type { KeptPicture } from '../persist/project.ts';
import { copiedPictures, keepCopied } from '../persist/store.ts';
import { BroughtPictures, decodePicture, MOST_PICTURES } from './brought.ts';
import { message, newId } from './words.ts';

export class ProjectPictures {
	readonly #project: () => string | undefined;
	readonly #say: (notice: string) => void;
	#brought = $state.raw(new BroughtPictures());
	#copying: Promise<void> | undefined;

	/**
	 * @param project the open one's name
	 * @param say tells the person
	 */
	constructor(project: () => string | undefined, say: (notice: string) => void) {
		this.#project = project;
		this.#say = say;
	}

	/** Decoded, to draw with, by id. Another map when a picture has come. */
	get bitmaps(): ReadonlyMap<string, ImageBitmap> {
		return this.#brought.bitmaps;
	}

	/** The files of some of them. */
	files(ids: ReadonlySet<string>): readonly KeptPicture[] {
		return this.#brought.files(ids);
	}

	/** Those of another project. */
	replace(brought = new BroughtPictures()) {
		this.#brought.close();
		this.#brought = brought;
	}

	/** Takes a picture of the person's own; its id, or nothing where it can't be read, which is said. */
	async bring(file: File): Promise<string | undefined> {
		const [id, project] = [newId(), this.#project()];
		if (this.#isFull) {
			this.#say(m.too_many_pictures({ count: MOST_PICTURES }));
			return undefined;
		}
		try {
			const bitmap = await decodePicture(file);
			// Meanwhile another project may have been opened.
			if (project === this.#project()) {
				this.#brought = this.#brought.with({ id, file }, bitmap);
				return id;
			}
			bitmap.close();
		} catch (error) {
			this.#say(message(error));
		}
		return undefined;
	}

	/** Puts some where other windows find them: the clipboard itself holds words alone. */
	keepCopied(named: ReadonlySet<string>) {
		// A private window keeps nothing: there they come without their pictures, which is said then.
		this.#copying = keepCopied(this.#brought.files(named)).catch(() => undefined);
	}

	/** Takes the pictures that copied layers name, where they are not here yet. */
	async bringCopied(named: ReadonlySet<string>) {
		const project = this.#project();
		if ([...named].every((id) => id === '' || this.bitmaps.has(id))) return;
		await this.#copying;
		for (const { id, file } of await copiedPictures().catch(() => [])) {
			if (!named.has(id) || this.bitmaps.has(id) || this.#isFull) continue;
			const bitmap = await decodePicture(file).catch(() => undefined);
			if (project === this.#project()) this.#brought = this.#brought.with({ id, file }, bitmap);
			else bitmap?.close();
		}
	}

	get #isFull() {
		return this.#brought.files().length >= MOST_PICTURES;
	}
}
