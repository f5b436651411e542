// Keeps the last projects in the browser (IndexedDB), so that a reload, or a crash, loses nothing. The start page lists
// them: nothing heavy is loaded with it.

import { createStore, del, get, set, update, type UseStore } from 'idb-keyval';
import type { TextChange } from '../doc/document.ts';
import type { KeptPicture, Project } from './project.ts';

/** How many projects are kept; the oldest goes first. */
export const KEPT = 20;

/** A line in the list of recent projects. */
export interface Recent {
	readonly id: string;
	readonly name: string;
	/** Milliseconds since 1970. */
	readonly savedAt: number;
	/** A small JPEG of the picture. */
	readonly thumbnail: Blob | undefined;
}

/** Where a tab remembers which project it has open. */
const OPEN = 'tbi-open';

/** The project that this tab had open before it was loaded again. */
export function openedBefore(): string | undefined {
	try {
		return sessionStorage.getItem(OPEN) ?? undefined;
	} catch {
		return undefined;
	}
}

export function rememberOpened(id: string): void {
	try {
		sessionStorage.setItem(OPEN, id);
	} catch {
		// Without it, a reload shows the list of recent projects.
	}
}

export function forgetOpened(): void {
	try {
		sessionStorage.removeItem(OPEN);
	} catch {
		// It was not remembered either.
	}
}

let store: UseStore | undefined;
const projects = () => (store ??= createStore('tbi', 'projects'));

/** A font that the person brought. */
export interface KeptFont {
	readonly id: string;
	readonly name: string;
	readonly data: ArrayBuffer;
}

export async function keptFonts(): Promise<readonly KeptFont[]> {
	return (await get<readonly KeptFont[]>('fonts', projects())) ?? [];
}

export async function keepFont(font: KeptFont): Promise<void> {
	await update<readonly KeptFont[]>(
		'fonts',
		(before = []) => [...before.filter(({ id }) => id !== font.id), font],
		projects()
	);
}

/** A look that the person made and kept. */
export interface KeptLook {
	readonly id: string;
	readonly name: string;
	readonly look: TextChange;
}

/** From the newest to the oldest. */
export async function keptLooks(): Promise<readonly KeptLook[]> {
	return (await get<readonly KeptLook[]>('looks', projects())) ?? [];
}

/** Other windows may keep looks, too: what is there is changed, not replaced. */
export async function changeLooks(
	change: (before: readonly KeptLook[]) => readonly KeptLook[]
): Promise<readonly KeptLook[]> {
	let after: readonly KeptLook[] = [];
	await update<readonly KeptLook[]>('looks', (before = []) => (after = change(before)), projects());
	return after;
}

/** The pictures of layers on the clipboard, which itself holds words alone: for other windows of this editor. */
export async function keepCopied(pictures: readonly KeptPicture[]): Promise<void> {
	await set('copied', pictures, projects());
}

export async function copiedPictures(): Promise<readonly KeptPicture[]> {
	return (await get<readonly KeptPicture[]>('copied', projects())) ?? [];
}

/** From the newest to the oldest. */
export async function recentProjects(): Promise<readonly Recent[]> {
	return (await get<readonly Recent[]>('recent', projects())) ?? [];
}

/** The pictures are written once, when they come; the document with every change. */
export async function savePictures(
	id: string,
	{ photo, alpha, edges, isDraft, name, pictures }: Omit<Project, 'document'>
): Promise<void> {
	await set(`pictures:${id}`, { photo, alpha, edges, isDraft, name, pictures }, projects());
}

export async function saveDocument(
	id: string,
	document: Project['document'],
	name: string,
	thumbnail?: Blob
): Promise<void> {
	await set(`document:${id}`, document, projects());
	let gone: readonly Recent[] = [];
	await update<readonly Recent[]>(
		'recent',
		(before = []) => {
			const old = before.find((recent) => recent.id === id);
			const now = { id, name, savedAt: Date.now(), thumbnail: thumbnail ?? old?.thumbnail };
			const all = [now, ...before.filter((recent) => recent.id !== id)];
			gone = all.slice(KEPT);
			return all.slice(0, KEPT);
		},
		projects()
	);
	for (const old of gone) await forget(old.id);
}

/** Nothing where it is not there, or can't be read any more. */
export async function loadProject(id: string): Promise<Project | undefined> {
	const [pictures, document] = await Promise.all([
		get<Omit<Project, 'document'>>(`pictures:${id}`, projects()),
		get<unknown>(`document:${id}`, projects())
	]);
	if (!pictures || !document) return undefined;
	const { readDocument } = await import('../doc/schema.ts');
	return { ...pictures, document: readDocument(document) };
}

export async function deleteProject(id: string): Promise<void> {
	await update<readonly Recent[]>(
		'recent',
		(before = []) => before.filter((recent) => recent.id !== id),
		projects()
	);
	await forget(id);
}

async function forget(id: string): Promise<void> {
	await Promise.all([del(`pictures:${id}`, projects()), del(`document:${id}`, projects())]);
}
