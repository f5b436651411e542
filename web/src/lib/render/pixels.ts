// Work on pixels: blurs, colour adjustments, and edges of an alpha that move or soften.

/** Three box blurs come close to a Gaussian: Kovesi, "Fast almost-Gaussian filtering", 2010. */
const PASSES = 3;

/**
 * Blurs channels of float pixels in place.
 *
 * @param data width × height × channels
 * @param deviation standard deviation in pixels
 */
export function blur(
	data: Float32Array,
	width: number,
	height: number,
	channels: number,
	deviation: number
): void {
	const spare = new Float32Array(data.length);
	for (const radius of boxRadii(deviation)) {
		if (radius === 0) continue;
		boxBlur(data, spare, width, height, channels, radius, channels, width * channels);
		boxBlur(spare, data, height, width, channels, radius, width * channels, channels);
	}
}

function boxRadii(deviation: number): number[] {
	const ideal = Math.sqrt((12 * deviation ** 2) / PASSES + 1);
	let low = Math.floor(ideal);
	if (low % 2 === 0) low--;
	const ofLow = Math.round(
		(12 * deviation ** 2 - PASSES * low ** 2 - 4 * PASSES * low - 3 * PASSES) / (-4 * low - 4)
	);
	return Array.from({ length: PASSES }, (_, i) => ((i < ofLow ? low : low + 2) - 1) / 2);
}

/** Along lines of `length` pixels that lie `step` apart; borders repeat. */
function boxBlur(
	from: Float32Array,
	to: Float32Array,
	length: number,
	lines: number,
	channels: number,
	radius: number,
	step: number,
	lineStep: number
): void {
	const share = 1 / (2 * radius + 1);
	for (let line = 0; line < lines; line++)
		for (let channel = 0; channel < channels; channel++) {
			const start = line * lineStep + channel;
			const at = (i: number) => from[start + Math.min(length - 1, Math.max(0, i)) * step]!;
			let sum = 0;
			for (let i = -radius; i <= radius; i++) sum += at(i);
			for (let i = 0; i < length; i++) {
				to[start + i * step] = sum * share;
				sum += at(i + radius + 1) - at(i - radius);
			}
		}
}

export interface Adjustments {
	/** Each from -1 to 1; 0 changes nothing. */
	readonly brightness: number;
	readonly contrast: number;
	readonly saturation: number;
}

/** Changes RGBA bytes in place. */
export function adjust(data: Uint8ClampedArray, { brightness, contrast, saturation }: Adjustments): void {
	// Contrast turns around middle grey; 1 is as steep as 4 times.
	const slope = contrast < 0 ? 1 + contrast : 1 + 3 * contrast;
	const curve = Uint8ClampedArray.from(
		{ length: 256 },
		(_, v) => (v - 127.5) * slope + 127.5 + brightness * 127.5
	);
	const vivid = 1 + saturation;
	for (let i = 0; i < data.length; i += 4) {
		const [r, g, b] = [curve[data[i]!]!, curve[data[i + 1]!]!, curve[data[i + 2]!]!];
		// Rec. 709 luma.
		const grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
		data[i] = grey + (r - grey) * vivid;
		data[i + 1] = grey + (g - grey) * vivid;
		data[i + 2] = grey + (b - grey) * vivid;
	}
}

/**
 * Moves the edge of an alpha outwards (or inwards) and softens it.
 *
 * @param alpha 0 to 1, in place
 * @param shift pixels outwards
 * @param feather standard deviation in pixels
 */
export function shiftEdge(
	alpha: Float32Array,
	width: number,
	height: number,
	shift: number,
	feather: number
): void {
	if (shift !== 0) {
		// Blurred by s, a straight edge has the value 0.159 at a distance of s outside of it.
		const deviation = Math.abs(shift);
		blur(alpha, width, height, 1, deviation);
		const level = shift > 0 ? 0.159 : 0.841;
		// Its slope there is 0.242 / s: this makes the edge about as sharp as pixels allow.
		const slope = deviation / 0.242;
		for (let i = 0; i < alpha.length; i++)
			alpha[i] = Math.min(1, Math.max(0, 0.5 + (alpha[i]! - level) * slope));
	}
	if (feather > 0) blur(alpha, width, height, 1, feather);
}
