// Reads what is to be opened: photos, and projects with all that they hold.

import { m } from '../i18n/messages.js';
import { convertPhoto, type JobProgress } from '../api/segment.ts';
import { picturesIn, subjectLayer } from '../doc/document.ts';
import type { FontLibrary } from '../fonts/library.ts';
import type { Project } from '../persist/project.ts';
import { keepFont } from '../persist/store.ts';
import { TooManyPixels } from '../subject/claimed.ts';
import { makeCutout, type Cutout } from '../subject/cutout.ts';
import { decodePhoto } from '../subject/photo.ts';
import { BroughtPictures, decodePicture } from './brought.ts';

/** Whoever gets it closes it. */
export interface ReadProject {
	readonly photo: ImageBitmap;
	/** Nothing where the subject was never found. */
	readonly cutout: Cutout | undefined;
	readonly brought: BroughtPictures;
}

/** A photo, and the file of it that browsers show. Throws what is wrong with it, or the signal's reason. */
export async function readPhoto(
	file: File,
	report: (progress: JobProgress) => void,
	signal: AbortSignal
): Promise<{ photo: ImageBitmap; shown: Blob }> {
	let shown: Blob = file;
	const photo = await decodePhoto(file).catch(async (error: unknown) => {
		if (error instanceof TooManyPixels) throw error;
		// The server reads more kinds than a browser does, and says best what is wrong with the rest.
		shown = await convertPhoto(file, report, signal);
		return decodePhoto(shown);
	});
	if (signal.aborted) photo.close();
	signal.throwIfAborted();
	return { photo, shown };
}

/** All that a kept project holds; its fonts go into `fonts`. Throws what is wrong with it, or the signal's reason. */
export async function readKept(
	project: Project,
	fonts: FontLibrary,
	signal: AbortSignal
): Promise<ReadProject> {
	const { document, alpha, edges } = project;
	const photo = await decodePhoto(project.photo);
	let cutout: Cutout | undefined;
	let brought = new BroughtPictures();
	try {
		const { width, height } = document.size;
		if (photo.width !== width || photo.height !== height) throw new Error(m.project_of_another_photo());
		cutout = alpha && (await makeCutout(photo, alpha, edges, subjectLayer(document).leftOut));
		signal.throwIfAborted();
		for (const { id, name, data } of project.fonts ?? []) {
			// One that can't be read is drawn in another font; the rest of the project is there.
			const added = await fonts.add(id, name, data).catch(() => undefined);
			if (added) void keepFont({ id, name, data }).catch(() => undefined);
		}
		const used = picturesIn(document);
		for (const picture of project.pictures ?? [])
			// One that can't be read is drawn as a colour, and kept: the next browser may have more memory.
			if (used.has(picture.id))
				brought = brought.with(picture, await decodePicture(picture.file).catch(() => undefined));
		signal.throwIfAborted();
		return { photo, cutout, brought };
	} catch (error) {
		photo.close();
		cutout?.bitmap.close();
		brought.close();
		throw error;
	}
}
