// Asks the export worker for a picture, and hands a file to the person.

import type { ExportAnswer, ExportRequest } from './worker.ts';

/**
 * Draws at full size. Throws an Error that says what failed, or the signal's reason.
 *
 * @param onProgress hears how much is done, 0 to 1
 */
export function exportPicture(
	request: ExportRequest,
	onProgress: (fraction: number) => void,
	signal: AbortSignal
): Promise<Blob> {
	const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
	return new Promise<Blob>((resolve, reject) => {
		worker.addEventListener('message', ({ data }: MessageEvent<ExportAnswer>) => {
			if ('progress' in data) onProgress(data.progress);
			else if ('file' in data) resolve(data.file);
			else reject(new Error(data.error));
		});
		worker.addEventListener('error', ({ message }) => reject(new Error(message || 'The export stopped.')));
		signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
		worker.postMessage(request);
	}).finally(() => worker.terminate());
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
