// A font file that the person brings, as the TrueType or OpenType that HarfBuzz reads.

import { unzlibSync } from 'fflate';
import { m } from '../i18n/messages.js';
import { ask } from '../workers/ask.ts';

const LIMIT = 30e6;

/** Named by its bytes: the same file is the same font, here and in a project from elsewhere. */
export async function ownFontId(data: ArrayBuffer): Promise<string> {
	// Over plain http, but for this machine, browsers have no digests.
	const { subtle } = crypto as { readonly subtle?: SubtleCrypto };
	const hash = subtle
		? new Uint8Array(await subtle.digest('SHA-256', data))
		: plainHash(new Uint8Array(data));
	return `own-${Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Eight bytes by FNV-1a (Fowler, Noll, Vo), twice from other beginnings. */
function plainHash(data: Uint8Array): Uint8Array {
	let [a, b] = [0x811c9dc5, 0x01000193];
	for (const byte of data) {
		a = Math.imul(a ^ byte, 0x01000193);
		b = Math.imul(b ^ byte, 0x01000193);
	}
	return new Uint8Array(Uint32Array.of(a, b).buffer);
}

/** Throws an Error that names the file, where it is no font that can be read. */
export async function readFontFile(file: File): Promise<ArrayBuffer> {
	if (file.size > LIMIT)
		throw new Error(
			m.font_too_large({ name: file.name, size: (file.size / 1e6).toFixed(0), limit: LIMIT / 1e6 })
		);
	const data = await file.arrayBuffer();
	const tag = String.fromCharCode(...new Uint8Array(data.slice(0, 4)));
	try {
		if (tag === 'wOFF') return unpackWoff(data);
		if (tag === 'wOF2') return await unpackWoff2(data);
	} catch {
		throw new Error(m.font_damaged({ name: file.name }));
	}
	if (['\0\x01\0\0', 'OTTO', 'true'].includes(tag)) return data;
	throw new Error(m.not_a_font({ name: file.name }));
}

/** By a decoder of half a megabyte: only for whom brings such a file. */
async function unpackWoff2(data: ArrayBuffer): Promise<ArrayBuffer> {
	if (typeof Worker === 'undefined') {
		const { default: decompress } = await import('woff2-encoder/decompress');
		return (await decompress(new Uint8Array(data))).slice().buffer;
	}
	const worker = new Worker(new URL('./woff2-worker.ts', import.meta.url), { type: 'module' });
	try {
		return await ask(worker, data);
	} finally {
		worker.terminate();
	}
}

/** WOFF 1.0 (W3C): the tables of a font, each perhaps compressed by zlib, behind a directory of its own. */
function unpackWoff(data: ArrayBuffer): ArrayBuffer {
	const from = new DataView(data);
	const count = from.getUint16(12);
	const length = 12 + 16 * count;
	const tables = Array.from({ length: count }, (_, i) => {
		const at = 44 + 20 * i;
		const [offset, packed, plain] = [from.getUint32(at + 4), from.getUint32(at + 8), from.getUint32(at + 12)];
		if (plain > LIMIT) throw new Error('too large');
		const bytes = new Uint8Array(data, offset, packed);
		const table = packed < plain ? unzlibSync(bytes, { out: new Uint8Array(plain) }) : bytes;
		return { tag: from.getUint32(at), checksum: from.getUint32(at + 16), table };
	});
	const padded = (size: number) => (size + 3) & ~3;
	const total = tables.reduce((sum, { table }) => sum + padded(table.length), length);
	if (total > LIMIT) throw new Error('too large');
	const out = new ArrayBuffer(total);
	const to = new DataView(out);
	const power = 2 ** Math.floor(Math.log2(count));
	to.setUint32(0, from.getUint32(4));
	to.setUint16(4, count);
	to.setUint16(6, 16 * power);
	to.setUint16(8, Math.log2(power));
	to.setUint16(10, 16 * (count - power));
	let end = length;
	tables.forEach(({ tag, checksum, table }, i) => {
		const at = 12 + 16 * i;
		to.setUint32(at, tag);
		to.setUint32(at + 4, checksum);
		to.setUint32(at + 8, end);
		to.setUint32(at + 12, table.length);
		new Uint8Array(out).set(table, end);
		end += padded(table.length);
	});
	return out;
}
