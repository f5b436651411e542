// Asks the export worker for a picture, and hands a file to the person.

import { KeptWorker } from '../workers/ask.ts';
import type { ExportRequest } from './worker.ts';

/** It keeps its fonts. */
const worker = new KeptWorker(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));

/**
 * Draws at full size. Throws an Error that says what failed, or the signal's reason.
 *
 * @param onProgress hears how much is done, 0 to 1
 */
export async function exportPicture(
	request: ExportRequest,
	onProgress: (fraction: number) => void,
	signal: AbortSignal
): Promise<Blob> {
	// A bitmap that is sent as it is gets copied while the page stands still; a copy to give away is made beside it.
	const give: ImageBitmap[] = [];
	let isOver = false;
	const copy = async (bitmap: ImageBitmap) => {
		const made = await createImageBitmap(bitmap);
		if (isOver) made.close();
		give.push(made);
		return made;
	};
	try {
		const [photo, cutout, ...pictures] = await Promise.all([
			copy(request.photo),
			request.cutout && copy(request.cutout),
			...[...request.pictures].map(async ([id, bitmap]) => [id, await copy(bitmap)] as const)
		]);
		return await worker.ask<Blob>(
			{ ...request, photo, cutout, pictures: new Map(pictures) } satisfies ExportRequest,
			{ give, onProgress, signal }
		);
	} finally {
		isOver = true;
		// Those that were given away are empty here: closing them is nothing.
		for (const bitmap of give) bitmap.close();
	}
}

export function download(blob: Blob, name: string): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	// The download has started by the next task; revoking earlier would cancel it in some browsers.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
