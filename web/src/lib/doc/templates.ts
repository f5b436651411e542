// Designed looks: what a text is changed in when one is chosen. Words, place, size and turn stay the person's.

import type { TextChange, TextLayer } from './document.ts';
import { shadowOf, textLayer } from './schema.ts';

export interface Template {
	readonly id: string;
	readonly name: string;
	readonly look: TextChange;
}

/** What a look says nothing of goes back to its default: looks do not pile up. */
const DEFAULTS = textLayer({ kind: 'text', id: 'x', text: '', font: 'anton', size: 1, x: 0, y: 0 });

/** What belongs to the person, not to the look. */
const OWN = [
	'kind',
	'id',
	'name',
	'text',
	'size',
	'x',
	'y',
	'rotation',
	'hidden',
	'locked',
	'align',
	'wrap'
] as const;

export const TEMPLATES: readonly Template[] = [
	{ id: 'clean', name: 'Clean', look: { font: 'oswald', weight: 700, colour: '#ffffff' } },
	{
		id: 'poster',
		name: 'Poster',
		look: {
			font: 'anton',
			case: 'upper',
			colour: '#fff4d6',
			shadows: [shadowOf({ distance: 0.05, blur: 0.16, opacity: 0.55 })]
		}
	},
	{
		id: 'block',
		name: 'Block',
		look: {
			font: 'archivo-black',
			case: 'upper',
			colour: '#ffd23f',
			extrusionDepth: 0.22,
			extrusionAngle: 50,
			extrusionColour: '#d1495b'
		}
	},
	{
		id: 'outline',
		name: 'Outline',
		look: {
			font: 'montserrat',
			weight: 900,
			case: 'upper',
			fill: 'none',
			strokeWidth: 0.022,
			strokeColour: '#ffffff',
			strokePosition: 'centre'
		}
	},
	{
		id: 'neon',
		name: 'Neon',
		look: {
			font: 'comfortaa',
			weight: 500,
			colour: '#fdf2ff',
			glow: 0.28,
			glowColour: '#ff2fd0',
			strokeWidth: 0.012,
			strokeColour: '#ff8be9'
		}
	},
	{
		id: 'sunset',
		name: 'Sunset',
		look: {
			font: 'bebas-neue',
			fill: 'linear',
			colour: '#ffe29a',
			colour2: '#ff3d68',
			gradientAngle: 90,
			letterSpacing: 0.02
		}
	},
	{
		id: 'comic',
		name: 'Comic',
		look: {
			font: 'lobster',
			colour: '#ffe14d',
			strokeWidth: 0.05,
			strokeColour: '#1d1d2b',
			shadows: [shadowOf({ distance: 0.1, blur: 0, opacity: 1, colour: '#e4405f', angle: 45 })]
		}
	},
	{
		id: 'stage',
		name: 'Stage',
		look: {
			font: 'anton',
			case: 'upper',
			colour: '#ffffff',
			tiltX: 48,
			perspective: 0.9,
			extrusionDepth: 0.3,
			extrusionAngle: 90,
			extrusionColour: '#4267d6'
		}
	},
	{
		id: 'chiselled',
		name: 'Chiselled',
		look: {
			font: 'cinzel',
			weight: 900,
			case: 'upper',
			fill: 'linear',
			colour: '#f6d27a',
			colour2: '#b8791f',
			bevel: 0.035,
			extrusionDepth: 0.08,
			extrusionAngle: 60,
			extrusionColour: '#7a4a12',
			shadows: [shadowOf({ distance: 0.1, blur: 0.15, opacity: 0.55 })]
		}
	},
	{
		id: 'billboard',
		name: 'Billboard',
		look: {
			font: 'unbounded',
			weight: 800,
			case: 'upper',
			colour: '#ffffff',
			tiltY: -38,
			perspective: 0.85,
			extrusionDepth: 0.16,
			extrusionAngle: 0,
			extrusionColour: '#f26419'
		}
	},
	{
		id: 'editorial',
		name: 'Editorial',
		look: { font: 'playfair-display', weight: 500, colour: '#ffffff', letterSpacing: -0.02, lineHeight: 0.95 }
	},
	{
		id: 'signature',
		name: 'Signature',
		look: {
			font: 'dancing-script',
			weight: 700,
			colour: '#ffffff',
			shadows: [shadowOf({ blur: 0.25, distance: 0.04, opacity: 0.5 })]
		}
	},
	{
		id: 'rainbow',
		name: 'Arch',
		look: {
			font: 'bricolage-grotesque',
			weight: 800,
			colour: '#ffffff',
			bendKind: 'arc',
			bend: 0.5,
			letterSpacing: 0.03,
			shadows: [shadowOf({ opacity: 0.4 })]
		}
	},
	{
		id: 'label',
		name: 'Label',
		look: {
			font: 'inter',
			weight: 800,
			case: 'upper',
			letterSpacing: 0.06,
			colour: '#111111',
			boxOpacity: 1,
			boxColour: '#ffe14d',
			boxPadding: 0.28,
			boxRadius: 0.12
		}
	},
	{
		id: 'wave',
		name: 'Wave',
		look: {
			font: 'pacifico',
			fill: 'linear',
			colour: '#c7f9ff',
			colour2: '#3a86ff',
			bendKind: 'wave',
			bend: 0.35,
			strokeWidth: 0.02,
			strokeColour: '#ffffff'
		}
	}
];

/** The change that gives a text this look. */
export function lookChange(look: TextChange): TextChange {
	return withoutOwn({ ...DEFAULTS, ...look });
}

/** The look of a text, to be kept or given to another. */
export function lookOf(layer: TextLayer): TextChange {
	return withoutOwn(layer);
}

function withoutOwn(layer: object): TextChange {
	const own: ReadonlySet<string> = new Set(OWN);
	return Object.fromEntries(Object.entries(layer).filter(([key]) => !own.has(key)));
}
