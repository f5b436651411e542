// The bundled fonts read from disk, and canvases: for tests, and for whatever draws documents in Node.

import { readFile } from 'node:fs/promises';
import { createCanvas } from '@napi-rs/canvas';
import type { MakeCanvas } from '../render/canvas.ts';
import { FontLibrary } from '../fonts/library.ts';

/** @param folder of the font files, a file: URL with a slash at its end */
export function nodeFontLibrary(folder: URL): FontLibrary {
	return new FontLibrary(async (file) => {
		const data = await readFile(new URL(file, folder));
		return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
	});
}

/** It draws as an OffscreenCanvas does. */
export const nodeCanvas: MakeCanvas = (width, height) =>
	createCanvas(width, height) as unknown as OffscreenCanvas;
