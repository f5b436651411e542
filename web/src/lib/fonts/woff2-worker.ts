// Unpacks a WOFF2 file, away from the page: the decoder makes code from strings, which the page's policy forbids.
// The server's policy for this one file allows it; here is no page, and nothing to be had.

import decompress from 'woff2-encoder/decompress';
import { answer } from '../workers/answer.ts';

answer(async (packed: ArrayBuffer) => {
	const result = (await decompress(new Uint8Array(packed))).slice().buffer;
	return { result, give: [result] };
});
