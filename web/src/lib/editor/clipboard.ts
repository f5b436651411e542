// Layers on the clipboard: from one window to another, as text of a type of their own.

import type { Editor } from './editor.svelte.ts';

const LAYERS = 'application/x-tbi-layers';

/** Copies, or cuts, what is chosen; leaves alone what a field or marked text has to copy. */
export function copyLayers(event: ClipboardEvent, editor: Editor): void {
	const isCut = event.type === 'cut';
	const isTextMarked = getSelection()?.isCollapsed === false;
	if (isWriting(event) || isTextMarked || !event.clipboardData) return;
	// What nobody chose is not cut.
	const layers = isCut && editor.picked.length === 0 ? undefined : editor.copiedLayers();
	if (!layers) return;
	editor.keepCopiedPictures();
	event.clipboardData.setData(LAYERS, layers);
	if (editor.text) event.clipboardData.setData('text/plain', editor.text.text);
	event.preventDefault();
	if (isCut) editor.remove(...editor.picked.map(({ id }) => id));
}

/** Adds layers that were copied; whether there were any. */
export function pasteLayers(event: ClipboardEvent, editor: Editor): boolean {
	const layers = event.clipboardData?.getData(LAYERS);
	if (!layers || isWriting(event)) return false;
	event.preventDefault();
	void editor.pasteLayers(layers);
	return true;
}

function isWriting({ target }: Event): boolean {
	return target instanceof HTMLElement && target.closest('input, textarea, [role=dialog]') !== null;
}
