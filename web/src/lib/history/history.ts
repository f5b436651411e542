// Undo and redo over immutable documents: a step is the document before it; unchanged layers are shared.

interface Step<State> {
	readonly state: State;
	/** Steps with the same key that follow each other closely are one. */
	readonly key: string | undefined;
	readonly bytes: number;
}

/** Changes of the same thing within this time are one step, ms: a drag, a slider, a word. */
const TOGETHER = 800;

/** What is kept, in bytes: tens of thousands of changes to texts, or some hundred painted alphas. */
const BUDGET = 100e6;

export class History<State> {
	readonly #measure: (before: State, after: State) => number;
	readonly #budget: number;
	#past: Step<State>[] = [];
	#future: Step<State>[] = [];
	#bytes = 0;
	#last = -Infinity;

	/** @param measure what a step costs to keep: the size of what it does not share with the next */
	constructor(measure: (before: State, after: State) => number, budget = BUDGET) {
		this.#measure = measure;
		this.#budget = budget;
	}

	get canUndo() {
		return this.#past.length > 0;
	}
	get canRedo() {
		return this.#future.length > 0;
	}

	/**
	 * Notes a change.
	 *
	 * @param key what is changed; with the same key and soon after the last, the change joins the last step
	 */
	note(before: State, after: State, key: string | undefined, now: number): void {
		const last = this.#past.at(-1);
		const joins = key !== undefined && last?.key === key && now - this.#last < TOGETHER;
		this.#last = now;
		for (const { bytes } of this.#future) this.#bytes -= bytes;
		this.#future = [];
		if (joins) return;
		const bytes = this.#measure(before, after);
		this.#past.push({ state: before, key, bytes });
		this.#bytes += bytes;
		while (this.#bytes > this.#budget && this.#past.length > 1) this.#bytes -= this.#past.shift()!.bytes;
	}

	/** The state before the last step, or nothing. */
	undo(now: State): State | undefined {
		return this.#step(this.#past, this.#future, now);
	}

	redo(now: State): State | undefined {
		return this.#step(this.#future, this.#past, now);
	}

	/** Rewrites what is kept, where something came to be known that all of it lacks. */
	map(change: (state: State) => State): void {
		const changed = (step: Step<State>) => ({ ...step, state: change(step.state) });
		this.#past = this.#past.map(changed);
		this.#future = this.#future.map(changed);
	}

	clear(): void {
		this.#past = [];
		this.#future = [];
		this.#bytes = 0;
	}

	#step(from: Step<State>[], to: Step<State>[], now: State): State | undefined {
		const step = from.pop();
		if (!step) return undefined;
		// What follows is a new step, whatever it changes.
		to.push({ ...step, state: now, key: undefined });
		this.#last = -Infinity;
		return step.state;
	}
}
