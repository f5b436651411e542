// The editor's state and the one place that changes it.

import {
	convertPhoto,
	extractAlpha,
	fetchSample,
	serverStatus,
	type JobProgress,
	type ServerStatus
} from '../api/segment.ts';
import {
	changeText,
	newDocument,
	overPhoto,
	textLayers,
	MIN_SIZE,
	type Document,
	type TextChange,
	type TextLayer
} from '../doc/document.ts';
import { download, exportPng } from '../export/export.ts';
import { ensureFonts, FONTS_URL, fontLibrary } from '../fonts/bundled.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { clamp } from '../geometry/size.ts';
import { layoutText } from '../text/layout.ts';
import { missingCharacters } from '../text/runs.ts';
import { decodePhoto } from '../subject/photo.ts';
import { makeCutout } from '../subject/cutout.ts';

/** The pictures at full size. */
interface Pictures {
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
}

/** A running job, or what it failed with. */
export type Job = { readonly progress: JobProgress } | { readonly failure: string };

export class Editor {
	#document = $state.raw<Document>();
	#pictures = $state.raw<Pictures>();
	#job = $state.raw<Job>();
	#notice = $state.raw<string>();
	#server = $state.raw<ServerStatus>();
	#fonts = $state.raw({ library: fontLibrary(FONTS_URL) });
	#missing = $state.raw<readonly string[]>([]);
	#isExporting = $state.raw(false);
	#file: File | undefined;
	#abort = new AbortController();

	get document() {
		return this.#document;
	}
	get pictures() {
		return this.#pictures;
	}
	get job() {
		return this.#job;
	}
	/** Something to know that is not a failure. */
	get notice() {
		return this.#notice;
	}
	get server() {
		return this.#server;
	}
	/** Whoever draws text with it draws again when a font arrives. */
	get fonts(): FontLibrary {
		return this.#fonts.library;
	}
	get isExporting() {
		return this.#isExporting;
	}
	get isWorking() {
		return this.#job !== undefined && 'progress' in this.#job;
	}
	/** The text that the panel edits. */
	get text(): TextLayer | undefined {
		return this.#document && textLayers(this.#document)[0];
	}

	/** What no font here can draw, of the text that the panel edits; known once its fonts are loaded. */
	get missing() {
		return this.#missing;
	}

	async readServerStatus() {
		try {
			this.#server = await serverStatus();
		} catch {
			this.#server = undefined;
		}
	}

	/** Takes a photo, shows it at once, and cuts its subject out. A running job ends first. */
	async open(file: File) {
		const limit = this.#server?.limits.megabytes ?? Infinity;
		if (file.size > limit * 1e6) {
			this.#notice = `${file.name} has ${(file.size / 1e6).toFixed(1)} MB; this server takes up to ${limit} MB.`;
			return;
		}
		await this.#run((signal) => this.#take(file, signal));
	}

	/** One of the photos that come with the editor. */
	async openSample(name: string) {
		await this.#run(async (signal) => this.#take(await fetchSample(name, signal), signal));
	}

	/** Tries the photo's subject again. */
	async retry() {
		const file = this.#file;
		const photo = this.#pictures?.photo;
		if (file && photo) await this.#run((signal) => this.#cutOut(file, photo, signal), false);
	}

	/** Ends the running job; the photo that is shown stays. */
	cancel() {
		this.#abort.abort();
		this.#job = this.#isUncut ? { failure: 'Cancelled. The text lies in front of everything.' } : undefined;
	}

	dismissNotice() {
		this.#notice = undefined;
	}

	changeText(id: string, change: TextChange) {
		if (this.#document) this.#setDocument(changeText(this.#document, id, change));
	}

	/** Makes a text nearly as wide as the photo, in its middle. */
	fitText(id: string) {
		const document = this.#document;
		const layer = document && textLayers(document).find((text) => text.id === id);
		if (!layer || !this.fonts.isReady(layer.font)) return;
		const { box } = layoutText(layer, this.fonts);
		const angle = (layer.rotation * Math.PI) / 180;
		const width = box.width * Math.abs(Math.cos(angle)) + box.height * Math.abs(Math.sin(angle));
		if (box.width === 0) return;
		const size = clamp((layer.size * document.size.width * 0.9) / width, MIN_SIZE, document.size.height);
		this.changeText(id, { size, x: document.size.width / 2 });
	}

	/** Hands the person a PNG of the photo's size. */
	async exportPng() {
		if (!this.#document || !this.#pictures || this.#isExporting) return;
		this.#isExporting = true;
		const stem = this.#file?.name.replace(/\.[^.]*$/, '') ?? 'picture';
		try {
			const { photo, cutout } = this.#pictures;
			const png = await exportPng({ document: this.#document, photo, cutout, fontsUrl: FONTS_URL });
			download(png, `${stem}-text-behind.png`);
		} catch (error) {
			this.#notice = `The picture could not be exported: ${message(error)}`;
		} finally {
			this.#isExporting = false;
		}
	}

	close() {
		this.#abort.abort();
		this.#closePictures();
	}

	/** A photo is shown whose subject is not known. */
	get #isUncut() {
		return this.#pictures !== undefined && this.#pictures.cutout === undefined;
	}

	/**
	 * Ends the running job and does this one; what it throws is shown, unless it was ended itself.
	 *
	 * @param isNew it brings another photo
	 */
	async #run(work: (signal: AbortSignal) => Promise<void>, isNew = true) {
		this.#abort.abort();
		const { signal } = (this.#abort = new AbortController());
		this.#notice = undefined;
		this.#job = { progress: { stage: 'uploading' } };
		const before = this.#pictures;
		try {
			await work(signal);
			if (!signal.aborted) this.#job = undefined;
		} catch (error) {
			if (signal.aborted) return;
			if (isNew && before && this.#pictures === before) {
				// The new photo could not be read: the one that is open stays, as it was.
				this.#notice = message(error);
				this.#job = before.cutout ? undefined : { failure: 'The subject of this photo is not cut out yet.' };
			} else this.#job = { failure: message(error) };
		}
	}

	async #take(file: File, signal: AbortSignal) {
		const photo = await this.#readPhoto(file, signal);
		if (signal.aborted) photo.close();
		signal.throwIfAborted();
		this.#closePictures();
		this.#file = file;
		this.#pictures = { photo, cutout: undefined };
		const size = { width: photo.width, height: photo.height };
		this.#setDocument(this.#document ? overPhoto(this.#document, size) : newDocument(size));
		await this.#cutOut(file, photo, signal);
	}

	async #readPhoto(file: File, signal: AbortSignal): Promise<ImageBitmap> {
		try {
			return await decodePhoto(file);
		} catch {
			// The server reads more kinds than a browser does, and says best what is wrong with the rest.
			return decodePhoto(await convertPhoto(file, this.#report(signal), signal));
		}
	}

	async #cutOut(file: File, photo: ImageBitmap, signal: AbortSignal) {
		const alpha = await extractAlpha(file, this.#report(signal), signal);
		const cutout = await makeCutout(photo, alpha);
		if (signal.aborted) {
			cutout.bitmap.close();
			return;
		}
		this.#pictures?.cutout?.close();
		this.#pictures = { photo, cutout: cutout.bitmap };
		if (cutout.isEmpty)
			this.#notice = 'No subject was found in this photo, so the text lies in front of everything.';
	}

	#report(signal: AbortSignal) {
		return (progress: JobProgress) => {
			if (!signal.aborted) this.#job = { progress };
		};
	}

	#setDocument(document: Document) {
		this.#document = document;
		const { library } = this.#fonts;
		ensureFonts(library, document).then(
			() => {
				this.#fonts = { library };
				const { text } = this;
				if (this.#document === document && text)
					this.#missing = missingCharacters(text.text, text.font, library);
			},
			(error: unknown) => (this.#notice = message(error))
		);
	}

	#closePictures() {
		this.#pictures?.photo.close();
		this.#pictures?.cutout?.close();
		this.#pictures = undefined;
	}
}

function message(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
