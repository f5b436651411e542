// Bends: where a point of a flat text goes on an arc, a circle, a wave or a flag.

import type { PlacedLayer } from '../doc/document.ts';
import type { Box } from '../geometry/size.ts';
import type { Warp } from './flatten.ts';

/** The bend of a text, or nothing where it is straight. The middle of the text stays where it is. */
export function warpOf(layer: Pick<PlacedLayer, 'bend' | 'bendKind' | 'size'>, box: Box): Warp | undefined {
	const { bend, bendKind, size } = layer;
	if (bend === 0 || box.width === 0) return undefined;
	const middle = box.x + box.width / 2;
	if (bendKind === 'arc' || bendKind === 'circle') {
		// The angle that the whole text takes; its middle line keeps its length.
		const angle = bend * (bendKind === 'arc' ? Math.PI : 2 * Math.PI);
		const radius = box.width / angle;
		return (x, y) => {
			const at = (x - middle) / radius;
			return [middle + (radius - y) * Math.sin(at), radius - (radius - y) * Math.cos(at)];
		};
	}
	const height = bend * size * 0.6;
	const turns = (2 * Math.PI) / box.width;
	if (bendKind === 'wave') return (x, y) => [x, y + height * Math.sin((x - middle) * turns)];
	// A flag hangs at its left and swings more and more to its right; where it turns away it looks narrower.
	return (x, y) => {
		const along = (x - box.x) / box.width;
		const phase = (x - middle) * turns;
		return [x - 0.12 * height * along * Math.sin(2 * phase), y + height * along * Math.sin(phase)];
	};
}
