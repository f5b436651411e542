// Makes the families known to the page as "tbi <id>", so that the font menu can show each in its own face.

import { MENU } from './catalogue.ts';
import type { OwnFont } from './library.ts';

const registered = new Set<string>();

/** The browser fetches a face when the menu first shows it, not before. */
export function registerMenuFonts(fontsUrl: string, own: readonly OwnFont[]): void {
	for (const { id, files, weight } of MENU)
		register(id, `url("${new URL(files[0]!.file, fontsUrl).href}")`, weight);
	for (const { family, data } of own) register(family.id, data, family.weight);
}

function register(
	id: string,
	source: string | ArrayBuffer,
	{ min, max }: { min: number; max: number }
): void {
	if (registered.has(id)) return;
	registered.add(id);
	document.fonts.add(new FontFace(`tbi ${id}`, source, { weight: `${min} ${max}` }));
}
