// Draws a document in Node, as the editor draws it: `node render.js JOB`, a process for one picture.
//
// JOB is a folder with photo.png, cutout.png and job.json, an object with `fonts`, the folder of the fonts, and
// either `document` or `request` (see compose.ts). It gets out.png. Whatever is wrong is one sentence on stderr
// after "error: ", and the exit status 2; anything else is a fault of this program.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCanvas, loadImage, type Canvas, type Image } from '@napi-rs/canvas';
import * as v from 'valibot';
import { readDocument, type Document } from '../doc/schema.ts';
import { picturesIn, subjectLayer, textLayers } from '../doc/document.ts';
import { outputSize, renderDocument, type Context } from '../render/render.ts';
import type { DocumentPoint } from '../geometry/size.ts';
import { leaveOut } from '../subject/parts.ts';
import { cased } from '../text/layout.ts';
import { compose, requestSchema } from './compose.ts';
import { nodeCanvas, nodeFontLibrary } from './fonts.ts';

class Wrong extends Error {}

/** More is drawn in the editor, where everybody waits for themselves. */
const LAYERS = 20;

function checked(document: Document): Document {
	if (document.layers.length > LAYERS)
		throw new Wrong(`The document has ${document.layers.length} layers; up to ${LAYERS} are drawn here.`);
	if (picturesIn(document).size > 0)
		throw new Wrong('The document has pictures of its own, which only the editor can draw.');
	return document;
}

async function main(folder: string): Promise<void> {
	const job = JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')) as Record<string, unknown>;
	const fonts = nodeFontLibrary(pathToFileURL(`${String(job.fonts)}/`));
	if (job.check === true) {
		checked(asked(() => readDocument(job.document)));
		return;
	}
	const [photo, cutout] = await Promise.all(
		['photo.png', 'cutout.png'].map((name) => loadImage(join(folder, name)))
	);
	const size = { width: photo!.width, height: photo!.height };
	let document: Document;
	if (job.document !== undefined) {
		document = checked(asked(() => readDocument(job.document)));
		if (document.size.width !== size.width || document.size.height !== size.height)
			throw new Wrong(
				`The document is for a photo of ${document.size.width} × ${document.size.height} pixels; ` +
					`this one has ${size.width} × ${size.height}.`
			);
	} else
		document = await compose(
			asked(() => v.parse(requestSchema, job.request)),
			size,
			fonts
		);
	for (const layer of textLayers(document)) await fonts.ensure(layer.font, cased(layer));
	const output = outputSize(document, 1);
	const canvas = createCanvas(output.width, output.height);
	renderDocument(
		canvas.getContext('2d') as unknown as Context,
		document,
		{
			photo: photo as unknown as CanvasImageSource,
			cutout: picked(cutout!, subjectLayer(document).leftOut) as unknown as CanvasImageSource,
			fonts,
			makeCanvas: nodeCanvas
		},
		{ scale: 1 }
	);
	await writeFile(join(folder, 'out.png'), await canvas.encode('png'));
}

/** The cutout without the subjects that are left out. */
function picked(cutout: Image, leftOut: readonly DocumentPoint[]): Image | Canvas {
	if (leftOut.length === 0) return cutout;
	const canvas = createCanvas(cutout.width, cutout.height);
	const context = canvas.getContext('2d');
	context.drawImage(cutout, 0, 0);
	const image = context.getImageData(0, 0, cutout.width, cutout.height);
	leaveOut(image.data, cutout, leftOut);
	context.putImageData(image, 0, 0);
	return canvas;
}

/** What a person got wrong, as a sentence. */
function asked<Result>(read: () => Result): Result {
	try {
		return read();
	} catch (error) {
		throw new Wrong(error instanceof Error ? error.message : String(error));
	}
}

try {
	await main(process.argv[2]!);
} catch (error) {
	if (!(error instanceof Wrong)) throw error;
	process.stderr.write(`error: ${error.message.replaceAll(/\s+/g, ' ')}\n`);
	process.exitCode = 2;
}
