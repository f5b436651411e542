// Each language says everything, with the same gaps to fill in.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../messages/', import.meta.url);
const read = (file: string) =>
	JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, string>;
const english = read('en.json');
const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('messages', () => {
	it.each(readdirSync(folder))('%s has every message, and its gaps', (file) => {
		const messages = read(file);
		expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
		for (const [key, text] of Object.entries(messages)) {
			expect(text.trim(), key).not.toBe('');
			expect(gaps(text), key).toEqual(gaps(english[key]!));
		}
	});

	it('are all used', () => {
		const sources = readdirSync(new URL('./', import.meta.url), { recursive: true, withFileTypes: true })
			.filter(
				(entry) => entry.isFile() && /\.(svelte|ts)$/.test(entry.name) && !entry.parentPath.includes('i18n')
			)
			.map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
			.join('\n');
		// Blend modes and shapes are named by what the document calls them.
		const byName = /^(blend_\w+|rectangle|ellipse|line|arrow|star|heart)$/;
		const unused = Object.keys(english).filter((key) => !byName.test(key) && !sources.includes(`m.${key}`));
		expect(unused).toEqual([]);
	});
});
