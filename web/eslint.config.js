// Rules of the house: types are checked, the pure folders stay pure, and only api/ talks to the server.

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

const domGlobals = Object.keys(globals.browser).filter(
	(name) => !(name in globals.worker) && !(name in globals.node)
);

export default defineConfig(
	{ ignores: ['.svelte-kit/', 'build/', 'build-render/', 'node_modules/', 'src/lib/i18n/', 'static/'] },
	js.configs.recommended,
	...ts.configs.strictTypeChecked,
	...svelte.configs.recommended,
	{
		languageOptions: {
			globals: { ...globals.browser, ...globals.worker },
			parserOptions: {
				projectService: true,
				extraFileExtensions: ['.svelte']
			}
		},
		rules: {
			// Indices into arrays of known length; noUncheckedIndexedAccess makes the rest visible.
			'@typescript-eslint/no-non-null-assertion': 'off',
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-confusing-void-expression': [
				'error',
				{ ignoreArrowShorthand: true, ignoreVoidOperator: true }
			]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser } },
		rules: {
			'svelte/no-navigation-without-resolve': 'off',
			// Addresses here are made and used, never kept in state.
			'svelte/prefer-svelte-reactivity': 'off',
			// Svelte's own checker knows the types of props and snippets better.
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-return': 'off'
		}
	},
	{
		// These also run in workers and in Node: no Svelte, no page.
		files: [
			'src/lib/{doc,geometry,text,render,history}/**/*.ts',
			'src/lib/fonts/{catalogue,families,library}.ts'
		],
		rules: {
			'no-restricted-globals': ['error', ...domGlobals],
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						{
							group: ['svelte', 'svelte/*', '$app/*', 'bits-ui', '*.svelte', '*.svelte.ts'],
							message: 'This folder is pure.'
						},
						{
							group: ['**/api/*', '**/editor/*', '**/ui/*', '**/export/*', '**/persist/*'],
							message: 'This folder is below that one.'
						}
					]
				}
			]
		}
	},
	{
		files: ['src/**'],
		ignores: ['src/lib/api/**'],
		rules: {
			'no-restricted-syntax': [
				'error',
				{
					selector: ':matches(ImportDeclaration, ImportExpression)[source.value="@gradio/client"]',
					message: 'Only api/ talks to the server.'
				}
			]
		}
	},
	{
		files: ['eslint.config.js', 'scripts/*.ts', 'vite.config.ts'],
		languageOptions: { globals: globals.node }
	}
);
