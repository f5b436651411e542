// Every action once: what the keyboard, the command palette and the sheet of shortcuts know.

import { m } from '../i18n/messages.js';
import { SHAPES } from '../doc/schema.ts';
import { shapeName } from './names.ts';
import type { Editor } from './editor.svelte.ts';

export interface Action {
	readonly id: string;
	readonly label: string;
	/** As a person reads it; Mod is Ctrl, or ⌘ on Apple's keyboards. */
	readonly keys?: string;
	readonly isEnabled: boolean;
	readonly run: () => void;
}

/** What the page itself does. */
export interface PageActions {
	readonly browse: () => void;
	readonly openProject: () => void;
	readonly write: () => void;
	readonly zoom: (zoom: number | 'fit') => void;
	readonly palette: () => void;
}

export function actions(editor: Editor, page: PageActions): readonly Action[] {
	const hasDocument = editor.document !== undefined;
	const { text, selected, placed } = editor;
	// Only what is chosen: a key must not delete a text while the subject is.
	const chosen = editor.picked.map(({ id }) => id);
	const onText = (run: (id: string) => void) => () => text && run(text.id);
	const order = (step: number) => () => {
		if (!selected) return;
		const { id } = selected;
		const { layers } = editor.document!;
		const to = layers.findIndex((layer) => layer.id === id) + step;
		editor.moveTo(id, Math.min(layers.length - 1, Math.max(0, to)));
	};
	const action = (id: string, label: string, keys: string, isEnabled: boolean, run: () => void): Action => ({
		id,
		label,
		isEnabled,
		run,
		...(keys && { keys })
	});
	return [
		action('undo', m.undo(), 'Mod+Z', editor.canUndo, () => editor.undo()),
		action('redo', m.redo(), 'Mod+Shift+Z', editor.canRedo, () => editor.redo()),
		action('add', m.add_text(), 'T', hasDocument, () => editor.addText()),
		action('write', m.edit_words(), 'Enter', hasDocument, page.write),
		action('duplicate', m.duplicate(), 'Mod+D', chosen.length > 0, () => editor.duplicate(...chosen)),
		action('delete', m.delete(), 'Delete', chosen.length > 0, () => editor.remove(...chosen)),
		action(
			'fit-text',
			m.fit_text(),
			'',
			hasDocument && text !== undefined,
			onText((id) => editor.fitText(id))
		),
		action('behind', m.behind_subject(), '', placed !== undefined && !editor.isBehind(placed.id), () =>
			editor.putBehind(placed!.id, true)
		),
		action('in-front', m.in_front(), '', placed !== undefined && editor.isBehind(placed.id), () =>
			editor.putBehind(placed!.id, false)
		),
		...SHAPES.map((shape) =>
			action(
				`add-${shape}`,
				m.add_named({ name: shapeName(shape).toLocaleLowerCase() }),
				'',
				hasDocument,
				() => editor.addShape(shape)
			)
		),
		action('refine', m.refine_subject(), '', editor.subject !== undefined && !editor.isWorking, () =>
			editor.refine(editor.painting.painter === undefined)
		),
		action('crop', m.adjust_crop(), '', hasDocument, () => editor.adjustCrop(!editor.isCropping)),
		action('start', m.start_page(), '', hasDocument, () => void editor.leave()),
		action('forward', m.bring_forward(), ']', hasDocument, order(1)),
		action('backward', m.send_backward(), '[', hasDocument, order(-1)),
		action('copy-look', m.copy_look(), 'Mod+Alt+C', hasDocument && text !== undefined, () =>
			editor.looks.copy(text!)
		),
		action('paste-look', m.paste_look(), 'Mod+Alt+V', editor.looks.copied !== undefined, () =>
			editor.pasteLook()
		),
		action(
			'export',
			m.export(),
			'Mod+E',
			hasDocument && !editor.isWorking && !editor.exporter.isRunning,
			() => void editor.exporter.file()
		),
		action(
			'copy',
			m.copy_picture(),
			'Mod+Shift+C',
			hasDocument && !editor.exporter.isRunning,
			() => void editor.exporter.copy()
		),
		action('save', m.save_project(), 'Mod+S', hasDocument, () => void editor.saveProject()),
		action('open', m.open_project(), 'Mod+O', true, page.openProject),
		action('upload', m.upload_photo(), '', true, page.browse),
		action('fit', m.zoom_to_fit(), 'Mod+0', hasDocument, () => page.zoom('fit')),
		action('full', m.zoom_to_full(), 'Mod+1', hasDocument, () => page.zoom(1)),
		action('palette', m.all_commands(), 'Mod+K', true, page.palette)
	];
}

const isApple = typeof navigator !== 'undefined' && /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** Shortcuts as this keyboard prints them. */
export function printedKeys(keys: string): string {
	const names = isApple ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' } : { Mod: 'Ctrl' };
	return keys
		.split('+')
		.map((key) => names[key as keyof typeof names] ?? key)
		.join(isApple ? '' : '+');
}

/** The action that a key press means, if it means one here. */
export function actionOf(event: KeyboardEvent, all: readonly Action[]): Action | undefined {
	const [isMod, isOther] = isApple ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
	// The other one is the system's own.
	if (isOther) return undefined;
	// With Alt, Apple's keyboards type another letter.
	// And keyboards of other scripts type none of these at all.
	const isForeign = event.altKey || (event.key.length === 1 && event.key > '~');
	const letter = isForeign && event.code.startsWith('Key') ? event.code.slice(3) : event.key;
	const key = letter.length === 1 ? letter.toUpperCase() : letter;
	const pressed = [
		isMod && 'Mod',
		event.altKey && 'Alt',
		event.shiftKey && key !== '?' && 'Shift',
		key
	].filter(Boolean);
	const wanted = new Set(pressed);
	// The sheet opens with the key that most editors have for it, too.
	if (key === '?') return all.find(({ id }) => id === 'palette');
	if (isMod && key === 'Y') return all.find(({ id }) => id === 'redo');
	if (key === 'Backspace' && pressed.length === 1) return all.find(({ id }) => id === 'delete');
	return all.find(({ keys }) => {
		const parts = keys?.split('+') ?? [];
		return parts.length === wanted.size && parts.every((part) => wanted.has(part));
	});
}
