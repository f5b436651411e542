// Makes static/fonts/*.ttf and src/lib/fonts/catalogue.json from the @fontsource packages.
// HarfBuzz reads TrueType, not WOFF2, so each file is unpacked here, once, instead of in every browser.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import decompress from 'woff2-encoder/decompress';
import { FALLBACKS, FAMILIES, type FamilySource } from '../src/lib/fonts/families.ts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'static/fonts');
const catalogue = join(root, 'src/lib/fonts/catalogue.json');

/** "U+0000-00FF,U+0131" as pairs of first and last code point. */
function parseRanges(text: string): [number, number][] {
	return text.split(',').map((part) => {
		const [first = '', last = first] = part.trim().replace('U+', '').split('-');
		return [parseInt(first, 16), parseInt(last, 16)];
	});
}

function packageFolder({ id, variable }: FamilySource): string {
	return join(root, 'node_modules', variable ? '@fontsource-variable' : '@fontsource', id);
}

function readJson(path: string): unknown {
	return JSON.parse(readFileSync(path, 'utf8'));
}

/** The parts in use. */
interface FontsourceMetadata {
	readonly variable: false | Record<string, { readonly min: string; readonly max: string }>;
}

async function convert(family: FamilySource) {
	const folder = packageFolder(family);
	const unicode = readJson(join(folder, 'unicode.json')) as Record<string, string>;
	const { variable } = readJson(join(folder, 'metadata.json')) as FontsourceMetadata;
	const files = [];
	// Latin first: it is needed for nearly every text, and asked first.
	for (const [key, ranges] of Object.entries(unicode).reverse()) {
		// Scripts of thousands of characters come in numbered parts, [0] and on.
		const subset = key.replaceAll(/[[\]]/g, '');
		const source = join(folder, 'files', `${family.id}-${subset}-${family.variable || '400'}-normal.woff2`);
		if (!existsSync(source)) continue;
		const data = await decompress(readFileSync(source));
		const hash = createHash('sha256').update(data).digest('hex').slice(0, 8);
		const file = `${family.id}-${subset}.${hash}.ttf`;
		writeFileSync(join(target, file), data);
		files.push({ file, ranges: parseRanges(ranges) });
	}
	if (files.length === 0) throw new Error(`${folder} has no file that this script knows how to name.`);
	const range = (axis: 'wght' | 'wdth' | 'slnt', fixed: number) => {
		const isIn = axis === 'wght' || family.variable === axis || family.variable === 'standard';
		const found = variable && isIn ? variable[axis] : undefined;
		return { min: Number(found?.min ?? fixed), max: Number(found?.max ?? fixed) };
	};
	const slant = range('slnt', 0);
	return {
		id: family.id,
		name: family.name,
		group: family.group,
		weight: range('wght', 400),
		width: range('wdth', 100),
		// A font leans forward by less than nothing.
		slant: { min: 0 - slant.max, max: 0 - slant.min },
		files
	};
}

const sources = [...new Map([...FAMILIES, ...FALLBACKS].map((family) => [family.id, family])).values()];
const inputs = createHash('sha256')
	.update(readFileSync(import.meta.filename))
	.update(
		JSON.stringify(
			sources.map((family) => [family, readFileSync(join(packageFolder(family), 'package.json'), 'utf8')])
		)
	)
	.digest('hex');

if (!isCurrent()) {
	rmSync(target, { recursive: true, force: true });
	mkdirSync(target, { recursive: true });
	const families = [];
	for (const family of sources) families.push(await convert(family));
	// The Open Font License wants to stand beside the fonts.
	const licences = sources.map((family) => readFileSync(join(packageFolder(family), 'LICENSE'), 'utf8'));
	writeFileSync(join(target, 'LICENSES.txt'), licences.join('\n\n----\n\n'));
	writeFileSync(catalogue, JSON.stringify({ inputs, families }));
}

/** Whether this script, the list of families and the packages are those of the last run. */
function isCurrent(): boolean {
	if (!existsSync(catalogue) || !existsSync(target)) return false;
	return (readJson(catalogue) as { inputs?: string }).inputs === inputs;
}
