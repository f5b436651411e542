// Draws a document and encodes it, away from the page, so that the page stays responsive.

import { shownBox, type Document } from '../doc/document.ts';
import { ensureFonts, fontLibrary } from '../fonts/bundled.ts';
import type { FontLibrary, OwnFont } from '../fonts/library.ts';
import {
	outputSize,
	renderDocument,
	type Assets,
	type Pictures,
	type RenderOptions
} from '../render/render.ts';
import { FORMATS, QUALITY, scaleOf, type ExportSettings } from './formats.ts';

export interface ExportRequest {
	readonly document: Document;
	/** The worker's own, like the cutout: it closes them. */
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
	/** Where the font files lie. */
	readonly fontsUrl: string;
	/** The person's own fonts that the document may name. */
	readonly ownFonts: readonly OwnFont[];
	/** What the document names of the person's own. */
	readonly pictures: Pictures;
	readonly settings: ExportSettings;
}

export type ExportAnswer =
	/** Of the work, 0 to 1. */
	{ readonly progress: number } | { readonly file: Blob } | { readonly error: string };

/** Shares of the work: drawing takes about as long as encoding. */
const [LOADED, DRAWN] = [0.1, 0.55];

function report(progress: number): void {
	self.postMessage({ progress } satisfies ExportAnswer);
}

self.addEventListener('message', (event: MessageEvent<ExportRequest>) => {
	const { photo, cutout } = event.data;
	void exportPicture(event.data)
		.then(
			(file) => self.postMessage({ file } satisfies ExportAnswer),
			(error: unknown) =>
				self.postMessage({
					error: error instanceof Error ? error.message : String(error)
				} satisfies ExportAnswer)
		)
		.finally(() => {
			photo.close();
			cutout?.close();
		});
});

/** Kept for the next export. */
let fonts: FontLibrary | undefined;

async function exportPicture({
	document,
	photo,
	cutout,
	fontsUrl,
	ownFonts,
	pictures,
	settings
}: ExportRequest): Promise<Blob> {
	fonts ??= fontLibrary(fontsUrl);
	const known = new Set(fonts.own.map(({ family }) => family.id));
	for (const { family, data } of ownFonts)
		if (!known.has(family.id)) await fonts.add(family.id, family.name, data);
	await ensureFonts(fonts, document);
	report(LOADED);
	const assets = { photo, cutout, fonts, pictures };
	const { format, part } = settings;
	const scale = scaleOf(settings, shownBox(document));
	const only = part === 'all' ? undefined : part;
	if (format === 'psd') {
		const { encodePsd } = await import('./psd.ts');
		let drawn = 0;
		return encodePsd(document, scale, (options) => {
			const canvas = draw(document, assets, { scale, ...options });
			// Each layer, and the whole; encoding is quick beside them.
			report(LOADED + ((0.95 - LOADED) * ++drawn) / (document.layers.length + 1));
			return canvas;
		});
	}
	const canvas = draw(document, assets, { scale, only });
	report(DRAWN);
	const isOpaque = format === 'jpeg';
	return (isOpaque ? onWhite(canvas) : canvas).convertToBlob({
		type: FORMATS[format].type,
		quality: QUALITY
	});
}

function draw(document: Document, assets: Assets, options: RenderOptions): OffscreenCanvas {
	const { width, height } = outputSize(document, options.scale);
	const canvas = new OffscreenCanvas(width, height);
	const context = canvas.getContext('2d');
	if (!context)
		throw new Error(`This browser has no canvas of ${width} × ${height} pixels; choose a smaller scale.`);
	renderDocument(context, document, assets, options);
	return canvas;
}

/** JPEG has no transparency. */
function onWhite(canvas: OffscreenCanvas): OffscreenCanvas {
	const white = new OffscreenCanvas(canvas.width, canvas.height);
	const context = white.getContext('2d')!;
	context.fillStyle = '#ffffff';
	context.fillRect(0, 0, white.width, white.height);
	context.drawImage(canvas, 0, 0);
	return white;
}
