// A build step: a module that says `m.key()` imports that message alone. Through the one module of all messages, the start
// page would bring every sentence of the editor along, in seven languages.

import type { Plugin } from 'vite';

const IMPORT = /import \{ m \} from '([^']*i18n)\/messages\.js';/;
const USE = /(?<![\w.])m\.(\w+)/g;
/** Words of the language itself can't name a function; the compiler's file has a line before such a name. */
const RESERVED = new Set([
	'case',
	'delete',
	'export',
	'import',
	'default',
	'new',
	'in',
	'do',
	'if',
	'for',
	'switch'
]);

export function ownMessages(): Plugin {
	return {
		name: 'own-messages',
		enforce: 'pre',
		transform(code, id) {
			const found = IMPORT.exec(code);
			// Who asks for a message by a name that is only known later needs them all.
			if (!found || id.includes('/node_modules/') || /(?<![\w.])m\[/.test(code)) return undefined;
			const keys = new Set([...code.matchAll(USE)].map(([, key]) => key!));
			const imports = [...keys].map((key) => {
				const file = RESERVED.has(key) ? `_${key}` : key;
				return `import { "${key}" as m_${key} } from '${found[1]}/messages/${file}.js';`;
			});
			// On one line: what is said of a line stays right.
			return { code: code.replace(IMPORT, imports.join(' ')).replaceAll(USE, 'm_$1'), map: null };
		}
	};
}
