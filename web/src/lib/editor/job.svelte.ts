// The one thing that is being worked on: a photo or a project that comes, a subject that is looked for.

import type { JobProgress } from '../api/segment.ts';
import { message } from './words.ts';

/** A running job, or what it failed with. */
export type Job = { readonly progress: JobProgress } | { readonly failure: string };

/** What a job is done by: it says how far it is, and ends when the signal says so. */
export type Work = (signal: AbortSignal, report: (progress: JobProgress) => void) => Promise<void>;

export class Jobs {
	#current = $state.raw<Job>();
	#abort = new AbortController();

	get current() {
		return this.#current;
	}
	get isRunning() {
		return this.#current !== undefined && 'progress' in this.#current;
	}

	/**
	 * Ends the running job and does this one; what it throws is shown, unless it was ended itself.
	 *
	 * @param progress what it begins with
	 * @param failureOf says what is shown of what it threw; nothing where that is said elsewhere
	 */
	async run(
		work: Work,
		progress: JobProgress = { stage: 'uploading' },
		failureOf: (error: unknown) => string | undefined = message
	) {
		this.#abort.abort();
		const { signal } = (this.#abort = new AbortController());
		this.#current = { progress };
		try {
			await work(signal, (now) => {
				if (!signal.aborted) this.#current = { progress: now };
			});
			if (!signal.aborted) this.#current = undefined;
		} catch (error) {
			if (!signal.aborted) this.#show(failureOf(error));
		}
	}

	/** Ends the running job; `failure` says what is missing now. */
	stop(failure?: string) {
		this.#abort.abort();
		this.#show(failure);
	}

	#show(failure: string | undefined) {
		this.#current = failure === undefined ? undefined : { failure };
	}
}
