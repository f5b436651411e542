// Draws a document and encodes it, away from the page, so that the page stays responsive.

import { shownBox, type Document } from '../doc/document.ts';
import { ensureFonts, fontLibrary } from '../fonts/bundled.ts';
import type { FontLibrary, OwnFont } from '../fonts/library.ts';
import { isInParts, outputSize, renderDocument, type Assets, type RenderOptions } from '../render/render.ts';
import { answer } from '../workers/answer.ts';
import { m } from '../i18n/messages.js';
import { overwriteGetLocale, type Locale } from '../i18n/runtime.js';
import type { Size } from '../geometry/size.ts';
import { encodePng, type Strip } from './png.ts';
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
	readonly pictures: ReadonlyMap<string, ImageBitmap>;
	readonly settings: ExportSettings;
	/** What is said is said in the page's language; a worker can't know which one that is. */
	readonly locale: Locale;
}

/** Shares of the work: drawing takes about as long as encoding. */
const [LOADED, DRAWN] = [0.1, 0.55];

/** Pixels of one strip: few enough for every browser's canvases, with what effects need around it. */
const STRIP = 4e6;

answer(async (request: ExportRequest, report) => {
	const { photo, cutout, pictures } = request;
	try {
		return { result: await exportPicture(request, report) };
	} finally {
		for (const bitmap of [photo, cutout, ...pictures.values()]) bitmap?.close();
	}
});

/** Kept for the next export. */
let fonts: FontLibrary | undefined;

/** Hears how much of the work is done, 0 to 1. */
type Report = (fraction: number) => void;

async function exportPicture(
	{ document, photo, cutout, fontsUrl, ownFonts, pictures, settings, locale }: ExportRequest,
	report: Report
): Promise<Blob> {
	overwriteGetLocale(() => locale);
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
	const size = outputSize(document, scale);
	const isTooLarge = !canHold(size);
	if (isTooLarge && (format !== 'png' || !isInParts(document)))
		throw new Error(m.canvas_too_large({ megapixels: Math.round((size.width * size.height) / 1e6) }));
	if (isTooLarge)
		return encodePng(size.width, size.height, drawStrips(document, assets, { scale, only }, report));
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

/** Whether this browser has canvases of this size: iOS has 16.7 megapixels, and hands out larger ones that stay empty. */
function canHold({ width, height }: Size): boolean {
	try {
		const context = new OffscreenCanvas(width, height).getContext('2d')!;
		context.fillRect(width - 1, height - 1, 1, 1);
		return context.getImageData(width - 1, height - 1, 1, 1).data[3] === 255;
	} catch {
		return false;
	}
}

/** The picture from the top down, a canvas of at most `STRIP` pixels at a time. */
async function* drawStrips(
	document: Document,
	assets: Assets,
	options: RenderOptions,
	report: Report
): AsyncGenerator<Strip> {
	const { width, height } = outputSize(document, options.scale);
	const rows = Math.max(1, Math.floor(STRIP / width));
	for (let y = 0; y < height; y += rows) {
		const part = { x: 0, y, width, height: Math.min(rows, height - y) };
		const context = new OffscreenCanvas(width, part.height).getContext('2d', { willReadFrequently: true })!;
		renderDocument(context, document, assets, { ...options, part });
		yield { height: part.height, data: context.getImageData(0, 0, width, part.height).data };
		report(LOADED + (0.95 - LOADED) * ((y + part.height) / height));
		// Whoever asked may want to cancel; and the strips before may be encoded.
		await Promise.resolve();
	}
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
