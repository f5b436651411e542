// Looks of the person's own: those that this browser keeps, and the one that was copied.

import { m } from '../i18n/messages.js';
import { layerName, type TextChange, type TextLayer } from '../doc/document.ts';
import { lookOf } from '../doc/templates.ts';
import { changeLooks, keptLooks, type KeptLook } from '../persist/store.ts';
import { message, newId } from './words.ts';

/** How many are kept. */
const MOST = 60;

export class Looks {
	readonly #say: (notice: string) => void;
	#kept = $state.raw<readonly KeptLook[]>([]);
	#copied = $state.raw<TextChange>();

	/** @param say tells the person */
	constructor(say: (notice: string) => void) {
		this.#say = say;
	}

	get kept() {
		return this.#kept;
	}
	/** What was copied last, to be given to another text. */
	get copied() {
		return this.#copied;
	}

	/** Reads what was kept before. Throws what the browser throws where it keeps nothing. */
	async load() {
		this.#kept = await keptLooks();
	}

	/** Keeps a text's look, under its words. */
	async keep(text: TextLayer) {
		const kept = { id: newId(), name: layerName(text), look: lookOf(text) };
		await this.#change((before) => [kept, ...before].slice(0, MOST));
	}

	async forget(id: string) {
		await this.#change((before) => before.filter((kept) => kept.id !== id));
	}

	copy(text: TextLayer) {
		this.#copied = lookOf(text);
	}

	async #change(change: (before: readonly KeptLook[]) => readonly KeptLook[]) {
		try {
			this.#kept = await changeLooks(change);
		} catch (error) {
			this.#say(m.look_not_kept({ why: message(error) }));
		}
	}
}
