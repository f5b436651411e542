// Compiles the languages' messages into src/lib/i18n, where the editor imports them.

import { compile } from '@inlang/paraglide-js';

await compile({
	project: './project.inlang',
	outdir: './src/lib/i18n',
	// A module each: the start page brings only its own.
	outputStructure: 'message-modules',
	// What the person chose, else what their browser speaks.
	strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
	includeEslintDisableComment: true,
	isServer: 'false'
});
