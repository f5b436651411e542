// Asks the export worker for a picture, and hands a file to the person.

import type { ExportAnswer, ExportRequest } from './worker.ts';

/** One stays from the last export, with its fonts: the next starts at once. */
let idle: Worker | undefined;

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
	const worker = idle ?? new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
	idle = undefined;
	// A bitmap that is sent as it is gets copied while the page stands still; a copy to give away is made beside it.
	const given: ImageBitmap[] = [];
	let isOver = false;
	const give = async (bitmap: ImageBitmap) => {
		const copy = await createImageBitmap(bitmap);
		if (isOver) copy.close();
		given.push(copy);
		return copy;
	};
	const listening = new AbortController();
	try {
		const { photo: shown, cutout: shape, pictures: named } = request;
		const [photo, cutout, ...pictures] = await Promise.all([
			give(shown),
			shape && give(shape),
			...[...named].map(async ([id, bitmap]) => [id, await give(bitmap)] as const)
		]);
		signal.throwIfAborted();
		const file = await new Promise<Blob>((resolve, reject) => {
			const { signal: until } = listening;
			worker.addEventListener(
				'message',
				({ data }: MessageEvent<ExportAnswer>) => {
					if ('progress' in data) onProgress(data.progress);
					else if ('file' in data) resolve(data.file);
					else reject(new Error(data.error));
				},
				{ signal: until }
			);
			worker.addEventListener('error', ({ message }) => reject(new Error(message || 'The export stopped.')), {
				signal: until
			});
			signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: until });
			worker.postMessage(
				{ ...request, photo, cutout, pictures: new Map(pictures) } satisfies ExportRequest,
				given
			);
		});
		idle = worker;
		return file;
	} catch (error) {
		isOver = true;
		worker.terminate();
		for (const bitmap of given) bitmap.close();
		throw error;
	} finally {
		listening.abort();
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
