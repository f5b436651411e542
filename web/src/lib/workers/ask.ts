// How the page asks its workers: one request, how much of it is done, and one answer.

import { m } from '../i18n/messages.js';

export type Answer<Result> =
	/** Of the work, 0 to 1. */
	{ readonly progress: number } | { readonly result: Result } | { readonly error: string };

interface Asking {
	/** What the worker gets for its own, instead of copies that are made while the page stands still. */
	readonly give?: Transferable[];
	/** Hears how much is done, 0 to 1. */
	readonly onProgress?: (fraction: number) => void;
	readonly signal?: AbortSignal;
}

/**
 * Asks a worker that nobody else asks meanwhile.
 *
 * Throws an Error that says what failed, or the signal's reason; the worker is of no use then.
 */
export async function ask<Result>(
	worker: Worker,
	request: unknown,
	{ give = [], onProgress, signal }: Asking = {}
): Promise<Result> {
	signal?.throwIfAborted();
	const listening = new AbortController();
	const until = { signal: listening.signal };
	try {
		return await new Promise<Result>((resolve, reject) => {
			worker.addEventListener(
				'message',
				({ data }: MessageEvent<Answer<Result>>) => {
					if ('progress' in data) onProgress?.(data.progress);
					else if ('result' in data) resolve(data.result);
					else reject(new Error(data.error));
				},
				until
			);
			worker.addEventListener(
				'error',
				({ message }) => reject(new Error(message || m.worker_stopped())),
				until
			);
			worker.addEventListener('messageerror', () => reject(new Error(m.worker_stopped())), until);
			signal?.addEventListener('abort', () => reject(signal.reason as Error), until);
			worker.postMessage(request, give);
		});
	} finally {
		listening.abort();
	}
}

/** Keeps a worker from one request to the next: with what it has loaded, that one starts at once. */
export class KeptWorker {
	readonly #start: () => Worker;
	/** One at most. */
	readonly #idle: Worker[] = [];

	constructor(start: () => Worker) {
		this.#start = start;
	}

	/** As `ask`; requests at the same time get a worker each. */
	async ask<Result>(request: unknown, asking?: Asking): Promise<Result> {
		const worker = this.#idle.pop() ?? this.#start();
		let isWell = false;
		try {
			const result = await ask<Result>(worker, request, asking);
			isWell = true;
			return result;
		} finally {
			if (isWell && this.#idle.length === 0) this.#idle.push(worker);
			else worker.terminate();
		}
	}
}
