// Where a caret stands in a laid-out text, and what is selected: in layer pixels, before any bend.

import type { TextLayer } from '../doc/document.ts';
import { cased, type Cluster, type TextLayout, type TextLine } from './layout.ts';

export interface Caret {
	readonly x: number;
	readonly line: TextLine;
}

/** An index of the text as typed, in the text as laid out: its case may have changed its length. */
export function laidOutIndex(layer: Pick<TextLayer, 'text' | 'case'>, index: number): number {
	return cased({ text: layer.text.slice(0, index), case: layer.case }).length;
}

/** @param index in the text as laid out */
export function caretAt({ lines }: TextLayout, index: number): Caret {
	const line = lines.findLast(({ start }) => start <= index) ?? lines[0]!;
	const cluster = line.clusters.find(({ start, end }) => start <= index && index < end);
	if (cluster) return { x: within(cluster, index), line };
	// After the last character, wherever that is seen.
	const last = line.clusters.reduce<Cluster | undefined>(
		(found, other) => (found && found.end >= other.end ? found : other),
		undefined
	);
	return { x: last ? within(last, last.end) : line.x, line };
}

/** What is selected from one index to another, as stretches of lines. */
export function selectionIn(
	{ lines }: TextLayout,
	from: number,
	to: number
): { readonly left: number; readonly right: number; readonly line: TextLine }[] {
	return lines.flatMap((line) =>
		line.clusters
			.filter(({ start, end }) => start < to && end > from)
			.map((cluster) => {
				const [a, b] = [
					within(cluster, Math.max(from, cluster.start)),
					within(cluster, Math.min(to, cluster.end))
				];
				return { left: Math.min(a, b), right: Math.max(a, b), line };
			})
	);
}

/** A caret within a ligature stands at its share. */
function within({ start, end, left, right, rightToLeft }: Cluster, index: number): number {
	const share = (index - start) / (end - start);
	return rightToLeft ? right - share * (right - left) : left + share * (right - left);
}
