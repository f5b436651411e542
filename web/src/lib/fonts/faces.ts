// Makes the families known to the page as "tbi <id>", so that the font menu can show each in its own face.

import { MENU } from './catalogue.ts';

let registered = false;

/** The browser fetches a face when the menu first shows it, not before. */
export function registerMenuFonts(fontsUrl: string): void {
	if (registered) return;
	registered = true;
	for (const { id, files, weight } of MENU) {
		const url = new URL(files[0]!.file, fontsUrl).href;
		document.fonts.add(new FontFace(`tbi ${id}`, `url("${url}")`, { weight: `${weight.min} ${weight.max}` }));
	}
}
