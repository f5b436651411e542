// The worker's side of workers/ask.ts.

import type { Answer } from './ask.ts';

/** A result, and what of it is given away instead of copied. */
export interface Given<Result> {
	readonly result: Result;
	readonly give?: Transferable[];
}

/** Answers every request that comes; what `work` throws is the answer, too. */
export function answer<Result>(
	work: (request: never, report: (fraction: number) => void) => Promise<Given<Result>>
): void {
	const say = (message: Answer<Result>, give: Transferable[] = []) =>
		self.postMessage(message, { transfer: give });
	self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
		void work(data as never, (progress) => say({ progress }))
			.then(({ result, give }) => say({ result }, give))
			.catch((error: unknown) => say({ error: error instanceof Error ? error.message : String(error) }));
	});
}
