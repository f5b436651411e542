// A job by the real @gradio/client in Node: `node client.mjs ADDRESS PHOTO`; prints what it saw as JSON.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { Client, prepare_files } = await import(pathToFileURL(require.resolve('@gradio/client')).href);

const [address, photo] = process.argv.slice(2);
const client = await Client.connect(address, { events: ['data', 'status'] });
const file = new File([await readFile(photo)], 'photo.png', { type: 'image/png' });
const [uploaded] = await client.upload(await prepare_files([file]), client.config.root);
const stages = [];
let size = 0;
for await (const event of client.submit('/remove_background', { image: uploaded })) {
	if (event.type === 'status') stages.push(event.stage);
	if (event.type === 'data') size = (await (await fetch(event.data[0].url)).arrayBuffer()).byteLength;
}
const name = await client
	.predict('/remove_background', { image: file })
	.then(({ data }) => data[0].orig_name);
let refused = '';
try {
	await client.predict('/remove_background', { image: { path: '/etc/hostname', meta: { _type: 'gradio.FileData' } } });
} catch (error) {
	refused = String(error.message ?? error);
}
client.close();
console.log(JSON.stringify({ stages, size, name, refused }));
