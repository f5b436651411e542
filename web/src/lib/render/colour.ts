// Colours as #rrggbb: taken apart, mixed, and with an opacity.

export type Rgb = readonly [r: number, g: number, b: number];

export function rgb(hex: string): Rgb {
	const value = Number.parseInt(hex.slice(1), 16);
	return [value >> 16, (value >> 8) & 255, value & 255];
}

/** From one colour (0) to another (1), as CSS; `canvas` gradients mix the same way. */
export function mix(from: string, to: string, share: number): string {
	const [a, b] = [rgb(from), rgb(to)];
	const at = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
	return `rgb(${at(0)},${at(1)},${at(2)})`;
}

/** Towards black below 1, towards white above. */
export function shade(hex: string, light: number): string {
	return light < 1 ? mix('#000000', hex, Math.max(0, light)) : mix(hex, '#ffffff', Math.min(1, light - 1));
}

export function withOpacity(hex: string, opacity: number): string {
	return `rgba(${rgb(hex).join(',')},${opacity})`;
}
