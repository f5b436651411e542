import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { layoutText } from '../text/layout.ts';
import { nodeFontLibrary } from '../node/fonts.ts';
import { ownFontId, readFontFile } from './own.ts';

const folder = new URL('../../../node_modules/@fontsource/lobster/files/', import.meta.url);
const fontFile = async (ending: string) => {
	const data = await readFile(new URL(`lobster-latin-400-normal.${ending}`, folder));
	return new File([data], `My Lobster.${ending}`);
};
const style = {
	text: 'Own',
	font: 'own',
	size: 100,
	weight: 400,
	fontWidth: 100,
	fontSlant: 0,
	letterSpacing: 0,
	lineHeight: 1,
	align: 'left',
	case: 'none',
	wrap: 0
} as const;

describe('a font of one’s own', () => {
	it.each(['woff', 'woff2'])('in %s draws as the bundled one does', async (ending) => {
		const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));
		await fonts.add('own', 'My Lobster', await readFontFile(await fontFile(ending)));
		await fonts.ensure('lobster', 'Own');
		const [own, bundled] = ['own', 'lobster'].map((font) => layoutText({ ...style, font }, fonts));
		expect(own!.box).toEqual(bundled!.box);
		expect(own!.glyphs.map(({ glyph }) => glyph)).toEqual(bundled!.glyphs.map(({ glyph }) => glyph));
		expect(fonts.isReady('own')).toBe(true);
		expect(fonts.family('own').name).toBe('My Lobster');
	});

	it('is the same font wherever the same bytes come from', async () => {
		const data = await readFontFile(await fontFile('woff'));
		expect(await ownFontId(data)).toBe(await ownFontId(data.slice(0)));
	});

	it('that is none, or is damaged, is refused with its name', async () => {
		await expect(readFontFile(new File(['hello'], 'notes.txt'))).rejects.toThrow('notes.txt is not a font');
		const woff = await (await fontFile('woff')).arrayBuffer();
		const cut = new File([woff.slice(0, 300)], 'cut.woff');
		await expect(readFontFile(cut)).rejects.toThrow('cut.woff is a damaged font file');
		const fonts = nodeFontLibrary(new URL('../../../static/fonts/', import.meta.url));
		const empty = new TextEncoder().encode('OTTO and nothing else').buffer;
		await expect(fonts.add('own', 'Empty', empty)).rejects.toThrow('Empty holds no characters');
	});

	it('travels in a project file', async () => {
		const { readProject, writeProject } = await import('../persist/project.ts');
		const { newDocument } = await import('../doc/document.ts');
		const data = await readFontFile(await fontFile('woff'));
		const id = await ownFontId(data);
		const blob = new Blob(['x'], { type: 'image/png' });
		const document = newDocument({ width: 9, height: 9 });
		const file = await writeProject({
			document,
			photo: blob,
			alpha: blob,
			name: 'x',
			fonts: [{ id, name: 'Mine', data }]
		});
		const { fonts } = await readProject(file);
		expect(fonts).toHaveLength(1);
		expect(fonts![0]).toMatchObject({ id, name: 'Mine' });
		expect(new Uint8Array(fonts![0]!.data)).toEqual(new Uint8Array(data));
	});
});
