// Which project this tab has open: no other tab may write into the same one meanwhile.

export class ProjectClaim {
	#id: string | undefined;
	#release: () => void = () => undefined;

	/**
	 * Takes a project, and gives back the one that was taken before; false where another tab has it. It lasts until the
	 * tab is closed. Browsers without locks (plain http) can't tell, and let everybody.
	 */
	take(id: string): Promise<boolean> {
		if (id === this.#id || !('locks' in navigator)) return Promise.resolve(true);
		return new Promise((resolve) => {
			navigator.locks
				.request(`tbi-project-${id}`, { ifAvailable: true }, (lock) => {
					resolve(lock !== null);
					if (!lock) return undefined;
					this.give();
					this.#id = id;
					return new Promise<void>((done) => (this.#release = done));
				})
				// A browser that refuses locks keeps nobody from working.
				.catch(() => resolve(true));
		});
	}

	/** Nothing is open here any more. */
	give(): void {
		this.#release();
		this.#release = () => undefined;
		this.#id = undefined;
	}
}
