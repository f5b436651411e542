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
	readonly #take: (on: Paintable, painted: PaintedAlpha, cutout: ImageBitmap) => void;
	readonly #onError: (error: unknown) => void;
	#painter = $state.raw<SubjectBrush>();
	#painted = $state(0);
	#brush = $state.raw<BrushSettings>({ mode: 'erase', size: 40, hardness: 0.6, followsEdges: false });
	/** What changes the alpha happens in its order, though encoding takes time. */
	#work: Promise<void> = Promise.resolve();
	#waiting = $state(0);
	/** Of those, the ones that end with another cutout to paint on. */
	#replacing = 0;
	/** There are dabs that belong to no stroke yet. */
	#hasDabs = false;

	/**
	 * @param paintable what is open
	 * @param take a stroke is done: what it was painted on, what came out, and the cutout, which is the taker's
	 * @param onError what a stroke or a step failed with
	 */
	constructor(
		paintable: () => Paintable | undefined,
		take: (on: Paintable, painted: PaintedAlpha, cutout: ImageBitmap) => void,
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
			this.#hasDabs = false;
		});
	}

	/** At once: what was painted on is gone. */
	stop() {
		this.#painter = undefined;
		this.#hasDabs = false;
	}

	/** There is another cutout than the one that was painted on. */
	restart() {
		const { photo, cutout } = this.#paintable() ?? {};
		if (this.#painter && photo) this.#painter = new SubjectBrush(photo, cutout);
		this.#hasDabs = false;
	}

	paint(from: DocumentPoint, to: DocumentPoint) {
		// On what is about to be replaced it would be lost, or bring back what was undone.
		if (!this.#painter || this.#replacing > 0) return;
		this.#painter.stroke(from, to, this.#brush);
		this.#hasDabs = true;
		this.#painted++;
	}

	/** Keeps what was painted since the last stroke: one step of undo. */
	endStroke() {
		const [painter, on] = [this.#painter, this.#paintable()];
		if (!painter || !on || !this.#hasDabs) return;
		this.#hasDabs = false;
		// Both take the pixels now; encoding them may last into the next stroke.
		const copies = Promise.all([createImageBitmap(painter.canvas), createImageBitmap(painter.canvas)]);
		// Heard in its turn.
		copies.catch(() => undefined);
		this.queue(async () => {
			const [painted, cutout] = await copies;
			// Meanwhile another cutout, or another photo, is painted on.
			if (this.#painter !== painter) {
				painted.close();
				cutout.close();
				return;
			}
			try {
				this.#take(on, await paintedAlpha(painted, on.alpha, on.leftOut), cutout);
			} catch (error) {
				cutout.close();
				// What can't be kept must not look as if it were.
				if (this.#painter === painter) this.restart();
				throw error;
			}
		});
	}

	/** Takes back what was painted since the last stroke. */
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

	/** The same, for what ends with another cutout: until then nothing is painted. */
	replace(work: () => Promise<void>) {
		this.#replacing++;
		this.queue(() => work().finally(() => this.#replacing--));
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
