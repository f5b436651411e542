// What a picture can be exported as.

export const FORMATS = {
	png: { label: 'PNG', type: 'image/png', extension: 'png' },
	jpeg: { label: 'JPEG', type: 'image/jpeg', extension: 'jpg' },
	webp: { label: 'WebP', type: 'image/webp', extension: 'webp' },
	psd: { label: 'PSD', type: 'image/vnd.adobe.photoshop', extension: 'psd' }
} as const;

export type Format = keyof typeof FORMATS;

export const SCALES = [0.5, 1, 2, 3, 4] as const;

/** The whole picture, or a part of it on transparency. */
export const PARTS = { all: 'Whole picture', text: 'Text only', subject: 'Subject only' } as const;
export type Part = keyof typeof PARTS;

export interface ExportSettings {
	readonly format: Format;
	/** Output pixels per pixel of the photo. */
	readonly scale: number;
	readonly part: Part;
}

export const DEFAULT_EXPORT: ExportSettings = { format: 'png', scale: 1, part: 'all' };

/** Of JPEG and lossy WebP, 0 to 1. */
export const QUALITY = 0.92;
