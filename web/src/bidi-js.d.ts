// bidi-js ships no types; these are the parts in use.
declare module 'bidi-js' {
	interface Bidi {
		/** One embedding level for each UTF-16 unit. */
		getEmbeddingLevels(text: string, direction?: 'ltr' | 'rtl'): { levels: Uint8Array };
	}
	export default function bidiFactory(): Bidi;
}
declare module 'wawoff2' {
	const wawoff2: { decompress(data: Uint8Array): Promise<Uint8Array> };
	export default wawoff2;
}
