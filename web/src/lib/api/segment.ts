// The only code that talks to the API of the server.

import { m } from '../i18n/messages.js';
import type { Client } from '@gradio/client';

export interface ServerStatus {
	readonly model: string;
	readonly device: string;
	/** Why this model was taken. */
	readonly reason: string;
	/** The model is loaded. */
	readonly ready: boolean;
	/** A quick model finds a draft while the full one works. */
	readonly draft: boolean;
	readonly limits: { readonly megabytes: number; readonly megapixels: number };
}

/** Where a job is. */
export type JobProgress =
	| { readonly stage: 'uploading' }
	/** `position` counts the jobs ahead of it. */
	| { readonly stage: 'waiting'; readonly position: number; readonly eta: number | undefined }
	/** `fraction` is from 0 to 1. */
	| { readonly stage: 'working'; readonly fraction: number; readonly step: string };

/** Something went wrong that a person can read about. */
export class ServerError extends Error {}

export async function serverStatus(): Promise<ServerStatus> {
	const response = await fetch(new URL('api/status', document.baseURI));
	if (!response.ok) throw new ServerError(m.unreachable());
	return (await response.json()) as ServerStatus;
}

/** One of the photos that are served beside the editor. */
export async function fetchSample(name: string, signal: AbortSignal): Promise<File> {
	const response = await fetch(new URL(`samples/${name}`, document.baseURI), { signal }).catch(
		() => undefined
	);
	if (!response?.ok) throw new ServerError(m.unreachable());
	const blob = await response.blob();
	return new File([blob], name, { type: blob.type });
}

/** A found subject. */
export interface Subject {
	/** A grey PNG of the photo's size. */
	readonly alpha: Blob;
	/** The subject's own colours where the alpha is soft, empty elsewhere; of the photo's size. */
	readonly edges: Blob | undefined;
}

/** What to do while the subject is being looked for. */
export interface SubjectListener {
	readonly onProgress: (progress: JobProgress) => void;
	/** The quick model's opinion, if it comes before the full one's; nothing where there is no quick model. */
	readonly onDraft?: (draft: Subject) => void;
}

/**
 * Finds the subject of a photo.
 *
 * Throws ServerError with a sentence for the person, or the signal's reason once it is aborted.
 */
export function extractAlpha(
	photo: File,
	{ onProgress, onDraft }: SubjectListener,
	signal: AbortSignal
): Promise<Subject> {
	return withUpload(photo, onProgress, signal, async (client, upload) => {
		let isOver = false;
		const full = runJob(client, '/extract_alpha', upload, onProgress, signal);
		if (onDraft)
			// A draft that fails is no loss: the full one says what is wrong.
			void runJob(client, '/draft_alpha', upload, () => undefined, signal).then(
				([alpha, edges]) => {
					if (!isOver && !signal.aborted) onDraft({ alpha: alpha!, edges });
				},
				() => undefined
			);
		try {
			const [alpha, edges] = await full;
			return { alpha: alpha!, edges };
		} finally {
			isOver = true;
		}
	});
}

/** Turns a photo that this browser can't show (HEIC, TIFF) into one that it can. */
export async function convertPhoto(
	photo: File,
	onProgress: (progress: JobProgress) => void,
	signal: AbortSignal
): Promise<Blob> {
	const [shown] = await withUpload(photo, onProgress, signal, (client, upload) =>
		runJob(client, '/convert_photo', upload, onProgress, signal)
	);
	return shown!;
}

async function withUpload<Result>(
	photo: File,
	onProgress: (progress: JobProgress) => void,
	signal: AbortSignal,
	work: (client: Client, upload: object) => Promise<Result>
): Promise<Result> {
	onProgress({ stage: 'uploading' });
	const client = await connect();
	try {
		signal.throwIfAborted();
		const upload = await uploadPhoto(client, photo, signal);
		signal.throwIfAborted();
		return await work(client, upload);
	} catch (error) {
		signal.throwIfAborted();
		throw error instanceof TypeError ? new ServerError(m.unreachable()) : error;
	} finally {
		client.close();
	}
}

async function connect(): Promise<Client> {
	const { Client } = await import('@gradio/client');
	try {
		return await Client.connect(new URL('.', document.baseURI).href.replace(/\/$/, ''), {
			events: ['data', 'status'],
			record_history: false
		});
	} catch {
		throw new ServerError(m.unreachable());
	}
}

async function uploadPhoto(client: Client, photo: File, signal: AbortSignal) {
	const { prepare_files } = await import('@gradio/client');
	// `submit` with a Blob would lose the server's answer to a file that is too large.
	const files = await prepare_files([photo]);
	const plainFetch = client.fetch.bind(client);
	// It takes no signal of its own, and a photo that nobody waits for should not go on being sent.
	client.fetch = (input, init) => plainFetch(input, { ...init, signal });
	let uploaded;
	try {
		uploaded = await client.upload(files, client.config!.root, undefined, client.config!.max_file_size);
	} catch (error) {
		throw new ServerError(error instanceof Error ? error.message : String(error));
	} finally {
		client.fetch = plainFetch;
	}
	const file = uploaded?.[0];
	if (!file) throw new ServerError('The photo did not arrive at the server; try again.');
	return file;
}

/** Submits, reports each step, and returns the files that come back. */
async function runJob(
	client: Client,
	endpoint: string,
	image: object,
	onProgress: (progress: JobProgress) => void,
	signal: AbortSignal
): Promise<Blob[]> {
	const job = client.submit(endpoint, { image });
	let stop: () => void = () => undefined;
	const stopped = new Promise<never>((_, reject) => {
		stop = () => {
			void job.cancel();
			// What the server still says of a cancelled job is incomplete, and the client trips over it.
			client.close();
			reject(signal.reason as Error);
		};
	});
	signal.addEventListener('abort', stop);
	try {
		const urls = await Promise.race([result(job, onProgress), stopped]);
		return await Promise.all(urls.map((url) => fetchResult(url, signal)));
	} finally {
		signal.removeEventListener('abort', stop);
	}
}

async function fetchResult(url: string, signal: AbortSignal): Promise<Blob> {
	const response = await fetch(url, { signal });
	if (!response.ok) throw new ServerError('The result is gone from the server; try again.');
	return response.blob();
}

async function result(
	job: ReturnType<Client['submit']>,
	onProgress: (progress: JobProgress) => void
): Promise<string[]> {
	for await (const event of job) {
		if (event.type === 'data') return (event.data as { url: string }[]).map(({ url }) => url);
		if (event.type !== 'status') continue;
		const { stage, position, eta, progress_data, message } = event;
		if (stage === 'error')
			throw new ServerError(
				typeof message === 'string' ? message : 'The server could not finish; try again.'
			);
		const step = progress_data?.at(-1);
		if (step) onProgress({ stage: 'working', fraction: step.progress ?? 0, step: step.desc ?? '' });
		else if (position !== undefined && stage === 'pending')
			onProgress({ stage: 'waiting', position, eta: eta ?? undefined });
	}
	throw new ServerError('The server ended without a result; try again.');
}
