// Names and sentences that the editor's files make alike.

/** Of a project, a picture or a look. `crypto.randomUUID` is not there over plain http. */
export function newId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
		byte.toString(16).padStart(2, '0')
	).join('');
}

/** What went wrong, for a person. */
export function message(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** A file's name without its ending. */
export function stemOf(name: string): string {
	return name.replace(/\.[^.]*$/, '');
}
