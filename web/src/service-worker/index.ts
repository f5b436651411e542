// Keeps the editor's own files, so that it opens without a network. It asks for nothing that the page did not ask for.

import { immutable } from '$app/manifest';
import { version } from '$app/env';
import { self } from '$app/service-worker';

const NAME = `tbi-${version}`;
const page = new URL('./', self.registration.scope).href;

self.addEventListener('install', (event) => {
	// The page and its code; fonts and samples are kept when they are first used.
	const files = [page, ...immutable.map(({ path }) => new URL(path, self.registration.scope).href)];
	event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(files)));
});

self.addEventListener('activate', (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))))
	);
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (request.method !== 'GET' || origin !== self.location.origin) return;
	if (request.mode === 'navigate') event.respondWith(fresh(request));
	// Files that never change under their name; the API is not ours to keep.
	else if (/\/(_app\/immutable|fonts|samples)\//.test(pathname)) event.respondWith(kept(request));
});

/** The page as the server has it now; without a server, as it was. */
async function fresh(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch (error) {
		const response = await caches.match(page);
		if (response) return response;
		throw error;
	}
}

async function kept(request: Request): Promise<Response> {
	const cache = await caches.open(NAME);
	const old = await cache.match(request);
	if (old) return old;
	const response = await fetch(request);
	// A full disk must not cost the file that has just come.
	if (response.status === 200) void cache.put(request, response.clone()).catch(() => undefined);
	return response;
}
