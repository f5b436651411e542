// The project file, .tbi: a zip of the document, the photo and the alpha, so that any tool can look into it.

import { strFromU8, strToU8, unzip, zip, type Unzipped } from 'fflate';
import * as v from 'valibot';
import { m } from '../i18n/messages.js';
import { ownFontId } from '../fonts/own.ts';
import type { KeptFont } from './store.ts';
import { readDocument, type Document } from '../doc/schema.ts';

/** A picture that the person brought, by the id that the document knows it by. */
export interface KeptPicture {
	readonly id: string;
	readonly file: Blob;
}

/** What a picture is made from; kept in the browser, and in a project file. */
export interface Project {
	readonly document: Document;
	/** A photo that browsers can show. */
	readonly photo: Blob;
	/** A grey PNG of the photo's size; missing until the subject is cut out. */
	readonly alpha: Blob | undefined;
	/** The subject's own colours in the soft edge, of the photo's size; see `Subject`. */
	readonly edges?: Blob | undefined;
	/** The alpha is the quick model's, the full one's was still to come; only kept in the browser. */
	readonly isDraft?: boolean;
	/** What the photo's file was called. */
	readonly name: string;
	/** The person's own fonts that its texts use; only a file carries them along. */
	readonly fonts?: readonly KeptFont[];
	/** Stickers, fills and backgrounds. */
	readonly pictures?: readonly KeptPicture[] | undefined;
}

/** More is no project of ours, but an attempt to fill the memory. */
const LIMITS = { document: 5e6, picture: 200e6, brought: 50e6, font: 30e6, unpacked: 1e9, file: 600e6 };

const asBytes = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

export async function writeProject({
	document,
	photo,
	alpha,
	edges,
	name,
	fonts = [],
	pictures = []
}: Project): Promise<Blob> {
	const files = {
		'document.json': strToU8(
			JSON.stringify(
				{
					name,
					type: photo.type,
					fonts: fonts.map((font) => font.name),
					pictures: pictures.map(({ id, file }) => ({ id, type: file.type })),
					document
				},
				undefined,
				'\t'
			)
		),
		// Compressed already.
		photo: [await asBytes(photo), { level: 0 as const }] as const,
		...(alpha && { 'alpha.png': [await asBytes(alpha), { level: 0 as const }] as const }),
		...(edges && { edges: [await asBytes(edges), { level: 0 as const }] as const }),
		...Object.fromEntries(fonts.map(({ data }, i) => [`fonts/${i}`, new Uint8Array(data)])),
		...Object.fromEntries(
			await Promise.all(
				pictures.map(
					async ({ file }, i) =>
						[`pictures/${i}`, [await asBytes(file), { level: 0 as const }] as const] as const
				)
			)
		)
	};
	const zipped = await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) =>
		zip(files as never, (error, data) => (error ? reject(error) : resolve(data)))
	);
	return new Blob([zipped], { type: 'application/x-tbi' });
}

/** Throws an Error that says what is wrong with the file. */
export async function readProject(file: Blob): Promise<Project> {
	if (file.size > LIMITS.file)
		throw new Error(m.project_too_large({ size: (file.size / 1e6).toFixed(0), limit: LIMITS.file / 1e6 }));
	const seen = new Set<string>();
	let room = LIMITS.unpacked;
	const entries = await new Promise<Unzipped>(
		(resolve, reject) =>
			void file.arrayBuffer().then(
				(buffer) =>
					unzip(
						new Uint8Array(buffer),
						{
							// What is too large is not unpacked at all.
							filter: ({ name, originalSize }) => {
								// Each name once: a directory may list the same bytes a thousand times.
								const isNew = !seen.has(name);
								seen.add(name);
								if (!isNew || originalSize > limitOf(name) || originalSize > room) return false;
								room -= originalSize;
								return true;
							}
						},
						(error, data) => (error ? reject(new Error(m.not_a_project())) : resolve(data))
					),
				reject
			)
	);
	const { 'document.json': json, photo, 'alpha.png': alpha, edges } = entries;
	if (!json || !photo) throw new Error(m.project_incomplete());
	const {
		name,
		type,
		fonts: names,
		pictures: listed,
		document
	} = JSON.parse(strFromU8(json)) as Record<string, unknown>;
	const fonts: KeptFont[] = [];
	for (const [i, title] of (Array.isArray(names) ? names.slice(0, 10) : []).entries()) {
		const bytes = entries[`fonts/${i}`];
		if (!bytes || typeof title !== 'string') continue;
		const data = bytes.slice().buffer;
		fonts.push({ id: await ownFontId(data), name: title.slice(0, 60), data });
	}
	const image = (bytes: Uint8Array, kind: unknown) =>
		new Blob([bytes as Uint8Array<ArrayBuffer>], {
			type: typeof kind === 'string' && kind.startsWith('image/') ? kind : ''
		});
	const pictures = (Array.isArray(listed) ? listed.slice(0, 100) : []).flatMap((entry: unknown, i) => {
		const bytes = entries[`pictures/${i}`];
		const read = v.safeParse(pictureEntry, entry);
		return bytes && read.success ? [{ id: read.output.id, file: image(bytes, read.output.type) }] : [];
	});
	return {
		document: readDocument(document),
		photo: image(photo, type),
		alpha: alpha && image(alpha, 'image/png'),
		edges: edges && image(edges, 'image/webp'),
		fonts,
		pictures,
		name: typeof name === 'string' ? name.slice(0, 200) : 'picture'
	};
}

const pictureEntry = v.object({ id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)), type: v.string() });

function limitOf(name: string): number {
	if (name === 'document.json') return LIMITS.document;
	if (name === 'photo' || name === 'alpha.png' || name === 'edges') return LIMITS.picture;
	if (/^pictures\/[0-9]{1,2}$/.test(name)) return LIMITS.brought;
	return /^fonts\/[0-9]$/.test(name) ? LIMITS.font : -1;
}
