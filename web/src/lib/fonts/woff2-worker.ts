// Unpacks a WOFF2 file, away from the page: the decoder makes code from strings, which the page's policy forbids.
// The server's policy for this one file allows it; here is no page, and nothing to be had.

import decompress from 'woff2-encoder/decompress';

export type Unpacked = { readonly font: ArrayBuffer } | { readonly error: true };

self.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
	void decompress(new Uint8Array(event.data)).then(
		(bytes) => {
			const font = bytes.slice().buffer;
			self.postMessage({ font } satisfies Unpacked, { transfer: [font] });
		},
		() => self.postMessage({ error: true } satisfies Unpacked)
	);
});
