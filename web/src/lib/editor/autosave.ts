// Writes the open project into the browser's store soon after each change, one write at a time.

import { saveDocument, savePictures } from '../persist/store.ts';
import type { Project } from '../persist/project.ts';

/** After the last change, ms: a drag is written once. */
const REST = 400;

/** The least time between two thumbnails, ms: one takes some frames to draw. */
const THUMBNAIL = 3000;

export class Autosave {
	readonly #onError: (error: unknown) => void;
	readonly #onSaved: (isSaved: boolean) => void;
	readonly #thumbnail: () => Promise<Blob | undefined>;
	#shownAt = -Infinity;
	#id: string | undefined;
	#pictures: Project | undefined;
	#document: Project | undefined;
	/** What was written without a new thumbnail. */
	#owed: Project | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#writing: Promise<void> = Promise.resolve();
	#hasFailed = false;

	/**
	 * @param onError hears of the first write in a row that fails
	 * @param onSaved hears whether all that was taken is written
	 * @param thumbnail a small picture of what is open, for the list of recent projects
	 */
	constructor(
		onError: (error: unknown) => void,
		onSaved: (isSaved: boolean) => void,
		thumbnail: () => Promise<Blob | undefined>
	) {
		this.#thumbnail = thumbnail;
		this.#onError = onError;
		this.#onSaved = onSaved;
	}

	/** What comes from now on belongs to this project; what is still to be written of the last one is. */
	begin(id: string): void {
		void this.flush(true);
		this.#id = id;
	}

	takePictures(project: Project): void {
		this.#pictures = project;
		this.takeDocument(project);
	}

	takeDocument(project: Project): void {
		if (this.#id === undefined) return;
		this.#document = project;
		this.#onSaved(false);
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.flush(), REST);
	}

	/**
	 * Writes what is not written yet; resolves once that has ended, well or not.
	 *
	 * @param isLast nothing may come after it: a thumbnail that is owed is drawn, too
	 */
	flush(isLast = false): Promise<void> {
		clearTimeout(this.#timer);
		const [id, pictures] = [this.#id, this.#pictures];
		const document = this.#document ?? this.#owed;
		// Pictures whose writing failed wait for the next document.
		if (id === undefined || !document) return this.#writing;
		this.#pictures = this.#document = this.#owed = undefined;
		// Drawn now, while it is open; not with each word.
		const since = performance.now() - this.#shownAt;
		const isStale = isLast || pictures !== undefined || since > THUMBNAIL;
		if (isStale) this.#shownAt = performance.now();
		else {
			this.#owed = document;
			this.#timer = setTimeout(() => void this.flush(), THUMBNAIL - since + 1);
		}
		const thumbnail = isStale ? this.#thumbnail().catch(() => undefined) : undefined;
		this.#writing = this.#writing.then(async () => {
			try {
				if (pictures) await savePictures(id, pictures);
				await saveDocument(id, document.document, document.name);
				const drawn = await thumbnail;
				if (drawn) await saveDocument(id, document.document, document.name, drawn);
				this.#hasFailed = false;
				if (!this.#document) this.#onSaved(true);
			} catch (error) {
				// With the next change they are tried again.
				if (id === this.#id) this.#pictures ??= pictures;
				// Once in a row is enough: a private window will refuse each time.
				if (!this.#hasFailed) this.#onError(error);
				this.#hasFailed = true;
			}
		});
		return this.#writing;
	}
}
