// The font families that come with the editor: what a person reads in the menu, and the package it is from.

export type FontGroup =
	| 'Display'
	| 'Sans'
	| 'Serif'
	| 'Script'
	| 'Mono'
	| 'Arabic'
	| 'Hebrew'
	| 'Devanagari'
	| 'Japanese, Chinese'
	| 'Emoji'
	| 'Your own';

export interface FamilySource {
	/** The package's own name for it; files and documents use it too. */
	readonly id: string;
	readonly name: string;
	readonly group: FontGroup;
	/**
	 * Which of a variable family's files: all have a weight axis, `wdth` and `slnt` that axis beside it, `standard` all
	 * that it has. The others come in one weight.
	 */
	readonly variable: false | 'wght' | 'wdth' | 'slnt' | 'standard';
}

const variable = (
	id: string,
	name: string,
	group: FontGroup,
	axes: FamilySource['variable'] = 'wght'
): FamilySource => ({ id, name, group, variable: axes });
const fixed = (id: string, name: string, group: FontGroup): FamilySource => ({
	id,
	name,
	group,
	variable: false
});

export const FAMILIES: readonly FamilySource[] = [
	fixed('alfa-slab-one', 'Alfa Slab One', 'Display'),
	fixed('anton', 'Anton', 'Display'),
	fixed('archivo-black', 'Archivo Black', 'Display'),
	fixed('bangers', 'Bangers', 'Display'),
	fixed('bebas-neue', 'Bebas Neue', 'Display'),
	fixed('black-ops-one', 'Black Ops One', 'Display'),
	fixed('bungee', 'Bungee', 'Display'),
	fixed('monoton', 'Monoton', 'Display'),
	variable('orbitron', 'Orbitron', 'Display'),
	variable('oswald', 'Oswald', 'Display'),
	fixed('righteous', 'Righteous', 'Display'),
	fixed('staatliches', 'Staatliches', 'Display'),
	variable('syne', 'Syne', 'Display'),
	variable('unbounded', 'Unbounded', 'Display'),
	variable('archivo', 'Archivo', 'Sans', 'wdth'),
	variable('bricolage-grotesque', 'Bricolage Grotesque', 'Sans', 'wdth'),
	variable('comfortaa', 'Comfortaa', 'Sans'),
	variable('inter', 'Inter', 'Sans'),
	variable('montserrat', 'Montserrat', 'Sans'),
	variable('noto-sans', 'Noto Sans', 'Sans'),
	variable('outfit', 'Outfit', 'Sans'),
	variable('raleway', 'Raleway', 'Sans'),
	variable('roboto-flex', 'Roboto Flex', 'Sans', 'standard'),
	variable('space-grotesk', 'Space Grotesk', 'Sans'),
	variable('work-sans', 'Work Sans', 'Sans'),
	fixed('abril-fatface', 'Abril Fatface', 'Serif'),
	variable('bodoni-moda', 'Bodoni Moda', 'Serif'),
	variable('cinzel', 'Cinzel', 'Serif'),
	fixed('dm-serif-display', 'DM Serif Display', 'Serif'),
	variable('fraunces', 'Fraunces', 'Serif'),
	variable('lora', 'Lora', 'Serif'),
	variable('playfair-display', 'Playfair Display', 'Serif'),
	variable('roboto-slab', 'Roboto Slab', 'Serif'),
	variable('caveat', 'Caveat', 'Script'),
	variable('dancing-script', 'Dancing Script', 'Script'),
	fixed('great-vibes', 'Great Vibes', 'Script'),
	fixed('lobster', 'Lobster', 'Script'),
	fixed('pacifico', 'Pacifico', 'Script'),
	fixed('permanent-marker', 'Permanent Marker', 'Script'),
	fixed('satisfy', 'Satisfy', 'Script'),
	variable('fira-code', 'Fira Code', 'Mono'),
	variable('jetbrains-mono', 'JetBrains Mono', 'Mono'),
	fixed('press-start-2p', 'Press Start 2P', 'Mono'),
	variable('cairo', 'Cairo', 'Arabic', 'slnt'),
	fixed('lalezar', 'Lalezar', 'Arabic'),
	variable('noto-sans-arabic', 'Noto Sans Arabic', 'Arabic'),
	variable('noto-sans-hebrew', 'Noto Sans Hebrew', 'Hebrew'),
	variable('rubik', 'Rubik', 'Hebrew'),
	variable('noto-sans-devanagari', 'Noto Sans Devanagari', 'Devanagari'),
	variable('noto-sans-jp', 'Noto Sans JP', 'Japanese, Chinese'),
	variable('noto-emoji', 'Noto Emoji', 'Emoji')
];

/** Asked in this order for characters that the chosen family lacks. */
export const FALLBACKS: readonly FamilySource[] = [
	variable('noto-sans', 'Noto Sans', 'Sans'),
	variable('noto-sans-arabic', 'Noto Sans Arabic', 'Arabic'),
	variable('noto-sans-hebrew', 'Noto Sans Hebrew', 'Hebrew'),
	variable('noto-sans-devanagari', 'Noto Sans Devanagari', 'Devanagari'),
	variable('noto-sans-jp', 'Noto Sans JP', 'Japanese, Chinese'),
	variable('noto-emoji', 'Noto Emoji', 'Emoji')
];
