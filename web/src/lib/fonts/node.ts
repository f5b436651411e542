// The bundled fonts read from disk: for tests, and for whatever draws documents in Node.

import { readFile } from 'node:fs/promises';
import { FontLibrary } from './library.ts';

/** @param folder of the font files, a file: URL with a slash at its end */
export function nodeFontLibrary(folder: URL): FontLibrary {
	return new FontLibrary(async (file) => {
		const data = await readFile(new URL(file, folder));
		return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
	});
}
