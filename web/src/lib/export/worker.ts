// Draws a document and encodes it, away from the page, so that the page stays responsive.

import type { Document } from '../doc/document.ts';
import { ensureFonts, fontLibrary } from '../fonts/bundled.ts';
import { renderDocument } from '../render/render.ts';

export interface ExportRequest {
	readonly document: Document;
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
	/** Where the font files lie. */
	readonly fontsUrl: string;
}

export type ExportAnswer = { readonly png: Blob } | { readonly error: string };

self.addEventListener('message', (event: MessageEvent<ExportRequest>) => {
	void exportPng(event.data).then(
		(png) => self.postMessage({ png } satisfies ExportAnswer),
		(error: unknown) => self.postMessage({ error: String(error) } satisfies ExportAnswer)
	);
});

async function exportPng({ document, photo, cutout, fontsUrl }: ExportRequest): Promise<Blob> {
	const fonts = fontLibrary(fontsUrl);
	await ensureFonts(fonts, document);
	const canvas = new OffscreenCanvas(document.size.width, document.size.height);
	renderDocument(canvas.getContext('2d')!, document, { photo, cutout, fonts }, { scale: 1 });
	return canvas.convertToBlob({ type: 'image/png' });
}
