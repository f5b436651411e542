// What a picture can be exported as.

import type { Size } from '../geometry/size.ts';

export const FORMATS = {
	png: { label: 'PNG', type: 'image/png', extension: 'png' },
	jpeg: { label: 'JPEG', type: 'image/jpeg', extension: 'jpg' },
	webp: { label: 'WebP', type: 'image/webp', extension: 'webp' },
	psd: { label: 'PSD', type: 'image/vnd.adobe.photoshop', extension: 'psd' }
} as const;

export type Format = keyof typeof FORMATS;

export const SCALES = [0.5, 1, 2, 3, 4] as const;

/** The whole picture, or a part of it on transparency. */
export const PARTS = ['all', 'text', 'subject'] as const;
export type Part = (typeof PARTS)[number];

export interface ExportSettings {
	readonly format: Format;
	/** Output pixels per pixel of the photo; or how wide the picture is to be, in pixels. */
	readonly scale: number | { readonly width: number };
	readonly part: Part;
}

export const DEFAULT_EXPORT: ExportSettings = { format: 'png', scale: 1, part: 'all' };

/** Widths that sites ask for, in pixels: YouTube's pictures, and those of stories and posts. */
export const WIDTHS = [1280, 1080] as const;

/** Output pixels per document pixel. */
export function scaleOf({ scale }: ExportSettings, shown: Size): number {
	return typeof scale === 'number' ? scale : scale.width / shown.width;
}

/** Of JPEG and lossy WebP, 0 to 1. */
export const QUALITY = 0.92;
