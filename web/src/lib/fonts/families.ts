// The font families that come with the editor: what a person reads in the menu, and the package it is from.

export type FontGroup = 'Display' | 'Sans' | 'Serif' | 'Script' | 'Mono';

export interface FamilySource {
	/** The package's own name for it; files and documents use it too. */
	readonly id: string;
	readonly name: string;
	readonly group: FontGroup;
	/** Variable families have a weight axis; the others come in one weight. */
	readonly variable: boolean;
}

const variable = (id: string, name: string, group: FontGroup): FamilySource => ({
	id,
	name,
	group,
	variable: true
});
const fixed = (id: string, name: string, group: FontGroup): FamilySource => ({
	id,
	name,
	group,
	variable: false
});

export const FAMILIES: readonly FamilySource[] = [
	fixed('anton', 'Anton', 'Display'),
	fixed('archivo-black', 'Archivo Black', 'Display'),
	fixed('bebas-neue', 'Bebas Neue', 'Display'),
	variable('orbitron', 'Orbitron', 'Display'),
	variable('oswald', 'Oswald', 'Display'),
	variable('unbounded', 'Unbounded', 'Display'),
	variable('bricolage-grotesque', 'Bricolage Grotesque', 'Sans'),
	variable('comfortaa', 'Comfortaa', 'Sans'),
	variable('inter', 'Inter', 'Sans'),
	variable('montserrat', 'Montserrat', 'Sans'),
	variable('noto-sans', 'Noto Sans', 'Sans'),
	variable('raleway', 'Raleway', 'Sans'),
	fixed('abril-fatface', 'Abril Fatface', 'Serif'),
	variable('cinzel', 'Cinzel', 'Serif'),
	variable('playfair-display', 'Playfair Display', 'Serif'),
	variable('roboto-slab', 'Roboto Slab', 'Serif'),
	variable('caveat', 'Caveat', 'Script'),
	variable('dancing-script', 'Dancing Script', 'Script'),
	fixed('lobster', 'Lobster', 'Script'),
	fixed('pacifico', 'Pacifico', 'Script'),
	fixed('permanent-marker', 'Permanent Marker', 'Script'),
	variable('jetbrains-mono', 'JetBrains Mono', 'Mono')
];

/** Asked in this order for characters that the chosen family lacks; not in the menu unless listed above. */
export const FALLBACKS: readonly FamilySource[] = [
	variable('noto-sans', 'Noto Sans', 'Sans'),
	variable('noto-sans-arabic', 'Noto Sans Arabic', 'Sans'),
	variable('noto-sans-hebrew', 'Noto Sans Hebrew', 'Sans')
];
