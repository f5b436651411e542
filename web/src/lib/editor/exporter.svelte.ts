// Draws the picture into a file: for the person's disk, the clipboard, or the share sheet. One at a time.

import { m } from '../i18n/messages.js';
import { getLocale } from '../i18n/runtime.js';
import { download, exportPicture } from '../export/export.ts';
import { DEFAULT_EXPORT, FORMATS, type ExportSettings } from '../export/formats.ts';
import type { ExportRequest } from '../export/worker.ts';
import { message } from './words.ts';

/** What is drawn, but for how. */
export type Exportable = Omit<ExportRequest, 'settings' | 'locale'>;

export class Exporter {
	readonly #picture: () => Exportable | undefined;
	readonly #stem: () => string;
	readonly #say: (notice: string) => void;
	#running = $state.raw<AbortController>();
	#progress = $state(0);
	#settings = $state.raw(DEFAULT_EXPORT);

	/**
	 * @param picture what there is to export now
	 * @param stem what files are called, without an ending
	 * @param say tells the person
	 */
	constructor(picture: () => Exportable | undefined, stem: () => string, say: (notice: string) => void) {
		this.#picture = picture;
		this.#stem = stem;
		this.#say = say;
	}

	get isRunning() {
		return this.#running !== undefined;
	}
	/** How much of the running export is done, 0 to 1. */
	get progress() {
		return this.#progress;
	}
	get settings() {
		return this.#settings;
	}

	set(change: Partial<ExportSettings>) {
		this.#settings = { ...this.#settings, ...change };
	}

	/** Hands the person a file. */
	async file() {
		const { format, part } = this.#settings;
		const file = await this.#draw(this.#settings);
		// A PSD holds all layers, each by itself.
		const what = part === 'all' || format === 'psd' ? '' : `-${part}`;
		if (file) download(file, `${this.#stem()}-text-behind${what}.${FORMATS[format].extension}`);
	}

	/** Puts the picture on the clipboard, as a PNG. */
	async copy() {
		const drawing = this.#draw({ ...this.#settings, format: 'png' });
		try {
			// Asked at once, while the press still counts as the person's will; the picture follows.
			const picture = drawing.then((file) => file ?? Promise.reject(new Error('There is no picture.')));
			await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
			this.#say(m.on_clipboard());
		} catch (error) {
			this.#say(m.not_on_clipboard({ why: message(error) }));
		}
	}

	/** Whether this device has a sheet to share pictures with. */
	readonly canShare =
		'canShare' in navigator && navigator.canShare({ files: [new File([], 'a.png', { type: 'image/png' })] });

	async share() {
		const file = await this.#draw({ ...this.#settings, format: 'png' });
		if (!file) return;
		try {
			await navigator.share({
				files: [new File([file], `${this.#stem()}-text-behind.png`, { type: file.type })]
			});
		} catch (error) {
			// The person closed the sheet.
			if (!(error instanceof DOMException && error.name === 'AbortError')) this.#say(message(error));
		}
	}

	cancel() {
		this.#running?.abort();
	}

	async #draw(settings: ExportSettings): Promise<Blob | undefined> {
		const picture = this.#picture();
		if (!picture || this.#running) return undefined;
		const abort = (this.#running = new AbortController());
		this.#progress = 0;
		try {
			return await exportPicture(
				{ ...picture, settings, locale: getLocale() },
				(fraction) => (this.#progress = fraction),
				abort.signal
			);
		} catch (error) {
			if (!abort.signal.aborted) this.#say(m.not_exported({ why: message(error) }));
			return undefined;
		} finally {
			this.#running = undefined;
		}
	}
}
