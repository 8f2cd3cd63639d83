// The image service of the sample application, as one would write it in Node: pictures
// are resized in piscina's workers, so that the event loop stays free for whoever asks
// for the health. Tells its port to the process that started it, and ends with that one.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { Piscina } from 'piscina';

const WORKERS = 2;

const pool = new Piscina({
	filename: fileURLToPath(new URL('./resize.mjs', import.meta.url)),
	minThreads: WORKERS,
	maxThreads: WORKERS,
});

// Into memory of its own, which can be given to a worker without a copy
async function read(request) {
	const bytes = new Uint8Array(Number(request.headers['content-length']));
	let position = 0;
	for await (const chunk of request) {
		bytes.set(chunk, position);
		position += chunk.length;
	}
	return bytes;
}

async function resize(request, url) {
	const photograph = await read(request);
	const width = Number(url.searchParams.get('width'));
	return await pool.run({ photograph, width }, { transferList: [photograph.buffer] });
}

const server = createServer(async (request, response) => {
	try {
		const url = new URL(request.url, 'http://localhost');
		if (url.pathname === '/health') {
			response.setHeader('Content-Type', 'application/json').end('{"status":"UP"}');
		} else if (url.pathname === '/images/resize' && request.method === 'POST') {
			const picture = await resize(request, url);
			response.setHeader('Content-Type', 'image/jpeg').end(picture);
		} else {
			response.writeHead(404).end();
		}
	} catch (error) {
		response.writeHead(500).end(String(error));
	}
});

process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
