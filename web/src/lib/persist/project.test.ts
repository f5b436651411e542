import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { changeText, newDocument } from '../doc/document.ts';
import { readProject, writeProject } from './project.ts';

const project = {
	document: changeText(newDocument({ width: 40, height: 30 }), 'text-1', { text: 'Grüße 👋', tiltY: 20 }),
	photo: new Blob([Uint8Array.of(1, 2, 3)], { type: 'image/jpeg' }),
	alpha: new Blob([Uint8Array.of(4, 5)], { type: 'image/png' }),
	name: 'holiday.jpg'
};
const file = (entries: Record<string, string>) =>
	new Blob([
		zipSync(Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, strToU8(text)])))
	] as BlobPart[]);

describe('a project file', () => {
	it('gives back what was saved', async () => {
		const read = await readProject(await writeProject(project));
		expect(read.document).toEqual(project.document);
		expect(read.name).toBe('holiday.jpg');
		expect(read.photo.type).toBe('image/jpeg');
		expect([...new Uint8Array(await read.photo.arrayBuffer())]).toEqual([1, 2, 3]);
		expect([...new Uint8Array(await read.alpha!.arrayBuffer())]).toEqual([4, 5]);
	});

	it('brings pictures of one’s own along', async () => {
		const picture = { id: '0123456789abcdef'.repeat(2), file: new Blob(['sticker'], { type: 'image/png' }) };
		const { pictures } = await readProject(await writeProject({ ...project, pictures: [picture] }));
		expect(pictures).toHaveLength(1);
		expect(pictures![0]!.id).toBe(picture.id);
		expect(pictures![0]!.file.type).toBe('image/png');
		expect(await pictures![0]!.file.text()).toBe('sticker');
	});

	it('may have no alpha yet', async () => {
		expect((await readProject(await writeProject({ ...project, alpha: undefined }))).alpha).toBeUndefined();
	});

	it('that is none is refused', async () => {
		await expect(readProject(new Blob(['hello']))).rejects.toThrow('not a project');
		await expect(readProject(file({ 'document.json': '{}' }))).rejects.toThrow('its photo is missing');
	});

	it('with a field out of its range is refused by its name', async () => {
		const document = {
			...project.document,
			layers: project.document.layers.map((layer) => ({ ...layer, opacity: 7 }))
		};
		const broken = file({
			'document.json': JSON.stringify({ document, name: 'x', type: 'image/png' }),
			photo: 'x'
		});
		await expect(readProject(broken)).rejects.toThrow('layers.0.opacity');
	});

	it('takes defaults for what an older editor did not know', async () => {
		const layers = project.document.layers.map((layer) =>
			layer.kind === 'text'
				? { kind: 'text', id: layer.id, text: 'OLD', font: 'anton', size: 10, x: 1, y: 2 }
				: { kind: layer.kind, id: layer.id }
		);
		const old = file({
			'document.json': JSON.stringify({ document: { version: 1, size: project.document.size, layers } }),
			photo: 'x'
		});
		expect((await readProject(old)).document.layers[1]).toMatchObject({
			text: 'OLD',
			lineHeight: 1.1,
			shadows: []
		});
	});

	it('unpacks nothing that is larger than it may be, and no other files', async () => {
		const huge = file({ 'document.json': ' '.repeat(6e6), photo: 'x', '../evil': 'x', 'fonts/10': 'x' });
		await expect(readProject(huge)).rejects.toThrow('its document or its photo is missing');
	});
});
