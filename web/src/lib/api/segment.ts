// The only code that talks to the API of the server.

import type { Client } from '@gradio/client';

export interface ServerStatus {
	readonly model: string;
	readonly device: string;
	/** Why this model was taken. */
	readonly reason: string;
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

const UNREACHABLE =
	'The server does not answer. Is it running? Your photo and text are still here; try again.';

export async function serverStatus(): Promise<ServerStatus> {
	const response = await fetch(new URL('api/status', document.baseURI));
	if (!response.ok) throw new ServerError(UNREACHABLE);
	return (await response.json()) as ServerStatus;
}

/** One of the photos that are served beside the editor. */
export async function fetchSample(name: string, signal: AbortSignal): Promise<File> {
	const response = await fetch(new URL(`samples/${name}`, document.baseURI), { signal }).catch(
		() => undefined
	);
	if (!response?.ok) throw new ServerError(UNREACHABLE);
	const blob = await response.blob();
	return new File([blob], name, { type: blob.type });
}

/**
 * Finds the subject: a photo in, a grey PNG of the same size out.
 *
 * Throws ServerError with a sentence for the person, or the signal's reason once it is aborted.
 */
export function extractAlpha(photo: File, onProgress: (progress: JobProgress) => void, signal: AbortSignal) {
	return runJob('/extract_alpha', photo, onProgress, signal);
}

/** Turns a photo that this browser can't show (HEIC, TIFF) into one that it can. */
export function convertPhoto(photo: File, onProgress: (progress: JobProgress) => void, signal: AbortSignal) {
	return runJob('/convert_photo', photo, onProgress, signal);
}

async function runJob(
	endpoint: string,
	photo: File,
	onProgress: (progress: JobProgress) => void,
	signal: AbortSignal
): Promise<Blob> {
	onProgress({ stage: 'uploading' });
	const client = await connect();
	try {
		signal.throwIfAborted();
		const upload = await uploadPhoto(client, photo, signal);
		signal.throwIfAborted();
		const url = await follow(client, endpoint, upload, onProgress, signal);
		const response = await fetch(url, { signal });
		if (!response.ok) throw new ServerError('The result is gone from the server; try again.');
		return await response.blob();
	} catch (error) {
		signal.throwIfAborted();
		throw error instanceof TypeError ? new ServerError(UNREACHABLE) : error;
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
		throw new ServerError(UNREACHABLE);
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

/** Submits, reports each step, and returns the address of the result. */
async function follow(
	client: Client,
	endpoint: string,
	image: object,
	onProgress: (progress: JobProgress) => void,
	signal: AbortSignal
): Promise<string> {
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
		return await Promise.race([result(job, onProgress), stopped]);
	} finally {
		signal.removeEventListener('abort', stop);
	}
}

async function result(
	job: ReturnType<Client['submit']>,
	onProgress: (progress: JobProgress) => void
): Promise<string> {
	for await (const event of job) {
		if (event.type === 'data') {
			const [file] = event.data as [{ url: string }];
			return file.url;
		}
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
