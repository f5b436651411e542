// A PNG out of strips, for pictures that are larger than the canvases of the browser: nothing of it is ever there as a
// whole. The format is the W3C's Portable Network Graphics, third edition.

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** A filter by the pixel to the left: good for photos, and quick. */
const SUB = 1;

/** Rows of a picture, RGBA, 4 bytes a pixel. */
export interface Strip {
	readonly height: number;
	readonly data: Uint8ClampedArray;
}

/** @param strips from the top down; together as high as the picture */
export async function encodePng(width: number, height: number, strips: AsyncIterable<Strip>): Promise<Blob> {
	const header = new DataView(new ArrayBuffer(13));
	header.setUint32(0, width);
	header.setUint32(4, height);
	// 8 bits a channel, red, green, blue and alpha; the other fields have only one value that is in use: 0.
	header.setUint8(8, 8);
	header.setUint8(9, 6);
	const packer = new CompressionStream('deflate');
	const packed = collect(packer.readable);
	const writer = packer.writable.getWriter();
	try {
		for await (const { height: rows, data } of strips) await writer.write(filtered(data, width, rows));
		await writer.close();
	} catch (error) {
		await writer.abort(error).catch(() => undefined);
		await packed.catch(() => undefined);
		throw error;
	}
	const body = (await packed).map((part) => chunk('IDAT', part));
	return new Blob([SIGNATURE, chunk('IHDR', new Uint8Array(header.buffer)), ...body, chunk('IEND')], {
		type: 'image/png'
	});
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
	const parts: Uint8Array[] = [];
	const reader = stream.getReader();
	for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
	return parts;
}

/** Each row, behind the number of its filter. */
function filtered(data: Uint8ClampedArray, width: number, rows: number): Uint8Array<ArrayBuffer> {
	const row = width * 4;
	const out = new Uint8Array(rows * (row + 1));
	for (let y = 0; y < rows; y++) {
		const [from, to] = [y * row, y * (row + 1)];
		out[to] = SUB;
		for (let i = 0; i < row; i++) out[to + 1 + i] = data[from + i]! - (i < 4 ? 0 : data[from + i - 4]!);
	}
	return out;
}

function chunk(name: string, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(data.length + 12);
	const view = new DataView(out.buffer);
	view.setUint32(0, data.length);
	for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
	out.set(data, 8);
	view.setUint32(data.length + 8, crc(out.subarray(4, data.length + 8)));
	return out;
}

const CRCS = Uint32Array.from({ length: 256 }, (_, n) => {
	let c = n;
	for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
	return c;
});

function crc(bytes: Uint8Array): number {
	let c = 0xffffffff;
	for (const byte of bytes) c = CRCS[(c ^ byte) & 255]! ^ (c >>> 8);
	return (c ^ 0xffffffff) >>> 0;
}
