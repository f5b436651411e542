// Keeps what layers looked like, so that a layer that only moves, or that nobody changed, is not drawn again.

import { intersection, type Box } from '../geometry/size.ts';
import type { Drawn } from './placed.ts';

interface Kept {
	readonly look: string;
	readonly drawn: Drawn | undefined;
	/** Where the layer was when it was drawn, in output pixels. */
	readonly x: number;
	readonly y: number;
	/** The bitmaps it was made from. */
	readonly sources: readonly unknown[];
}

export class LayerCache {
	readonly #kept = new Map<string, Kept>();

	/** A text: as it was drawn, moved by whole pixels, where that is the same picture or is good enough. */
	text(
		id: string,
		look: string,
		x: number,
		y: number,
		isMoving: boolean,
		picture: Box,
		draw: () => Drawn | undefined
	): Drawn | undefined {
		const kept = this.#kept.get(id);
		if (kept?.look === look) {
			const [dx, dy] = [x - kept.x, y - kept.y];
			const isExact = Math.abs(dx - Math.round(dx)) < 1e-3 && Math.abs(dy - Math.round(dy)) < 1e-3;
			const stays = dx === 0 && dy === 0;
			const { drawn } = kept;
			if (stays && !isMoving) return drawn;
			if (drawn && (isExact || isMoving) && shows(drawn, dx, dy, picture))
				return { ...drawn, x: drawn.x + Math.round(dx), y: drawn.y + Math.round(dy) };
		}
		const drawn = draw();
		this.#kept.set(id, { look, drawn, x, y, sources: [] });
		return drawn;
	}

	/** The photo or the subject, made from these bitmaps. */
	picture(id: string, look: string, sources: readonly unknown[], draw: () => Drawn): Drawn {
		const kept = this.#kept.get(id);
		if (kept?.drawn && kept.look === look && sources.every((source, i) => source === kept.sources[i]))
			return kept.drawn;
		const drawn = draw();
		this.#kept.set(id, { look, drawn, x: 0, y: 0, sources });
		return drawn;
	}

	/** Forgets the photo and the subject: a bitmap that they are made from has been painted on. */
	forgetPictures(): void {
		for (const [id, { sources }] of this.#kept) if (sources.length > 0) this.#kept.delete(id);
	}

	/** Forgets layers that are gone. */
	keep(ids: readonly string[]): void {
		for (const id of this.#kept.keys()) if (!ids.includes(id)) this.#kept.delete(id);
	}
}

/** Whether a drawing, moved, still holds all that is in the picture. */
function shows({ canvas, x, y, whole }: Drawn, dx: number, dy: number, picture: Box): boolean {
	const seen = intersection({ ...whole, x: whole.x + dx, y: whole.y + dy }, picture);
	if (!seen) return true;
	// A pixel of slack: bounds are rounded outwards.
	return (
		x + dx <= seen.x + 1 &&
		y + dy <= seen.y + 1 &&
		x + dx + canvas.width >= seen.x + seen.width - 1 &&
		y + dy + canvas.height >= seen.y + seen.height - 1
	);
}
