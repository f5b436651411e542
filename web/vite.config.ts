import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { ownMessages } from './scripts/own-messages.ts';

export default defineConfig({
	plugins: [ownMessages(), tailwindcss(), sveltekit({ adapter: adapter({ precompress: true }) })],
	// HarfBuzz waits for its WebAssembly at the top of its module.
	worker: { format: 'es', plugins: () => [ownMessages()] },
	build: { target: 'es2022' },
	// `npm run dev` beside a running `make start`.
	server: {
		proxy: Object.fromEntries(
			['/gradio_api', '/config', '/api', '/healthz'].map((path) => [path, 'http://127.0.0.1:7860'])
		)
	},
	test: { include: ['src/**/*.test.ts'], setupFiles: ['src/test-setup.ts'] }
});
