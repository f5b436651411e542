// Builds build-render/render.js: renderDocument for Node, with all that it needs but @napi-rs/canvas.

import { copyFileSync } from 'node:fs';
import { defineConfig } from 'vite';

export default defineConfig({
	build: {
		ssr: 'src/lib/node/render.ts',
		outDir: 'build-render',
		target: 'node22',
		minify: true,
		// All in one folder.
		rolldownOptions: { output: { chunkFileNames: '[name].js' } }
	},
	ssr: { noExternal: true, external: ['@napi-rs/canvas'] },
	plugins: [
		{
			name: 'wasm',
			// HarfBuzz looks for it beside the module it is in.
			closeBundle: () =>
				copyFileSync('node_modules/harfbuzzjs/dist/harfbuzz.wasm', 'build-render/harfbuzz.wasm')
		}
	]
});
