// Painting on the subject: the brush, and its strokes, which are kept one after the other.

import type { DocumentPoint } from '../geometry/size.ts';
import { SubjectBrush, type BrushSettings } from '../subject/brush.ts';
import { paintedAlpha, type PaintedAlpha } from '../subject/cutout.ts';

/** What there is to paint on. */
export interface Paintable {
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
	/** Of all subjects, those that are left out, too. */
	readonly alpha: Blob | undefined;
	readonly leftOut: readonly DocumentPoint[];
}

export class Painting {
	readonly #paintable: () => Paintable | undefined;
	readonly #take: (photo: ImageBitmap, painted: PaintedAlpha, cutout: ImageBitmap) => void;
	readonly #onError: (error: unknown) => void;
	#painter = $state.raw<SubjectBrush>();
	#painted = $state(0);
	#brush = $state.raw<BrushSettings>({ mode: 'erase', size: 40, hardness: 0.6, followsEdges: false });
	/** What changes the alpha happens in its order, though encoding takes time. */
	#work: Promise<void> = Promise.resolve();
	#waiting = 0;

	/**
	 * @param paintable what is open
	 * @param take a stroke is done: what was painted on this photo, and the cutout, which is the taker's
	 * @param onError what a stroke or a step failed with
	 */
	constructor(
		paintable: () => Paintable | undefined,
		take: (photo: ImageBitmap, painted: PaintedAlpha, cutout: ImageBitmap) => void,
		onError: (error: unknown) => void
	) {
		this.#paintable = paintable;
		this.#take = take;
		this.#onError = onError;
	}

	/** The subject is being painted on; its cutout as it is now. */
	get painter() {
		return this.#painter;
	}
	/** Grows with each dab: whoever draws the painter's canvas draws again. */
	get painted() {
		return this.#painted;
	}
	get brush() {
		return this.#brush;
	}
	/** A stroke, or a step of undo, is being worked on. */
	get isEncoding() {
		return this.#waiting > 0;
	}
	/** Everything that was begun is done. */
	get done() {
		return this.#work;
	}

	set(change: Partial<BrushSettings>) {
		this.#brush = { ...this.#brush, ...change };
	}

	/** The person paints from now on, or no longer. */
	turn(isOn: boolean) {
		this.inTurn(() => {
			const { photo, cutout } = this.#paintable() ?? {};
			this.#painter = isOn && photo ? new SubjectBrush(photo, cutout) : undefined;
		});
	}

	/** At once: what was painted on is gone. */
	stop() {
		this.#painter = undefined;
	}

	/** There is another cutout than the one that was painted on. */
	restart() {
		const { photo, cutout } = this.#paintable() ?? {};
		if (this.#painter && photo) this.#painter = new SubjectBrush(photo, cutout);
	}

	paint(from: DocumentPoint, to: DocumentPoint) {
		this.#painter?.stroke(from, to, this.#brush);
		this.#painted++;
	}

	/** What was painted since the last stroke was meant. */
	endStroke() {
		const [painter, on] = [this.#painter, this.#paintable()];
		if (!painter || !on) return;
		// Both take the pixels now; encoding them may last into the next stroke.
		const painted = Promise.all([
			createImageBitmap(painter.canvas).then((copy) => paintedAlpha(copy, on.alpha, on.leftOut)),
			createImageBitmap(painter.canvas)
		]);
		// Heard in its turn.
		painted.catch(() => undefined);
		this.queue(async () => {
			try {
				const [alpha, cutout] = await painted;
				this.#take(on.photo, alpha, cutout);
			} catch (error) {
				// What can't be kept must not look as if it were.
				this.restart();
				throw error;
			}
		});
	}

	/** It was not. */
	abandonStroke() {
		this.inTurn(() => this.restart());
	}

	/** One after the other; what fails is said, and the next has its turn. */
	queue(work: () => Promise<void>) {
		this.#waiting++;
		this.#work = this.#work
			.then(work)
			.catch(this.#onError)
			.then(() => {
				this.#waiting--;
			});
	}

	/** At once, or behind what is still being encoded. */
	inTurn(work: () => void) {
		if (this.#waiting === 0) work();
		else
			this.queue(() => {
				work();
				return Promise.resolve();
			});
	}
}
