// The font library over the files that are served beside the editor.

import { textLayers, type Document } from '../doc/document.ts';
import { cased } from '../text/layout.ts';
import { FontLibrary } from './library.ts';

/** Where the page's font files lie; a worker is told. */
export const FONTS_URL = typeof document === 'undefined' ? '' : new URL('fonts/', document.baseURI).href;

/** @param baseUrl the folder of the font files, with a slash at its end */
export function fontLibrary(baseUrl: string): FontLibrary {
	return new FontLibrary(async (file) => {
		const response = await fetch(new URL(file, baseUrl));
		if (!response.ok) throw new Error(`The font file ${file} is missing on the server (${response.status}).`);
		return response.arrayBuffer();
	});
}

/** Loads every font that a document needs. */
export async function ensureFonts(fonts: FontLibrary, document: Document): Promise<void> {
	await Promise.all(textLayers(document).map((layer) => fonts.ensure(layer.font, cased(layer))));
}
