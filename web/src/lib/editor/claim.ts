// Which project this tab has open: no other tab may write into the same one meanwhile.

const nameOf = (id: string) => `tbi-project-${id}`;

export class ProjectClaim {
	#id: string | undefined;
	#release: () => void = () => undefined;

	/** Whether another tab has it open. Browsers without locks (plain http) can't tell. */
	async isTaken(id: string): Promise<boolean> {
		if (id === this.#id || !('locks' in navigator)) return false;
		const { held = [] } = await navigator.locks.query();
		return held.some(({ name }) => name === nameOf(id));
	}

	/** Nothing is open here any more. */
	give(): void {
		this.#release();
		this.#id = undefined;
	}

	/** It is open here from now on, and what was open before no longer; until the tab is closed. */
	take(id: string): void {
		if (id === this.#id) return;
		this.#release();
		this.#id = id;
		if ('locks' in navigator)
			void navigator.locks.request(nameOf(id), () => new Promise<void>((done) => (this.#release = done)));
	}
}
