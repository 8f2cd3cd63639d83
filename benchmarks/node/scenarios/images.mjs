import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { connect } from '../images/client.mjs';
import { now, pause, percentile, pick } from '../measuring.mjs';

const SUBJECT = 'piscina + sharp';

const CONNECTIONS = 8;

// As high as wide, at most: the photograph is a little wider than high
const WIDTH = 200;

/** Milliseconds between two questions for the health. */
const PROBE = 50;

const PHOTOGRAPH =
	process.env.PHOTO ??
	fileURLToPath(new URL('../../../sample-app/src/main/resources/data/hubble_deep_field.jpg', import.meta.url));

async function isInstalled() {
	try {
		await import('sharp');
		return true;
	} catch {
		return false;
	}
}

async function startServer() {
	const server = fork(fileURLToPath(new URL('../images/server.mjs', import.meta.url)));
	const failure = once(server, 'exit').then(([code]) => {
		throw new Error(`The image server ended with ${code} before it listened`);
	});
	const [{ port }] = await Promise.race([once(server, 'message'), failure]);
	failure.catch(() => {});
	return { server, port };
}

async function answered(connection, method, path, body) {
	const answer = await connection.send(method, path, body);
	if (answer.status !== 200) {
		throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body}`);
	}
	return answer.body;
}

/** Sends the photograph over so many connections, on each the next when there is an answer. */
async function load(port, photograph, milliseconds) {
	const times = [];
	const start = now();
	const loop = async () => {
		const connection = connect(port);
		do {
			const sent = now();
			const picture = await answered(connection, 'POST', `/images/resize?width=${WIDTH}`, photograph);
			times.push(now() - sent);
			// the first two bytes of any JPEG
			if (picture.readUInt16BE(0) !== 0xffd8) {
				throw new Error('What came back is no JPEG');
			}
		} while (now() - start < milliseconds);
		connection.close();
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, loop));
	return { times, perSecond: (times.length * 1000) / (now() - start) };
}

/** Asks for the health at fixed times, whatever became of the question before, until it is told to stop. */
async function probe(port, stopped) {
	const times = [];
	const asked = [];
	const connection = connect(port);
	let due = now();
	do {
		const at = due;
		asked.push(answered(connection, 'GET', '/health').then(() => times.push(now() - at)));
		due += PROBE;
		await pause(Math.max(0, due - now()));
	} while (!stopped());
	await Promise.all(asked);
	connection.close();
	return times;
}

/** Resizing a photograph over HTTP; the client is this process, the server one of its own. */
export const images = {
	name: 'images',
	subjects: [SUBJECT],
	async run(subject, mode, out) {
		if (!(await isInstalled())) {
			out.skip('sharp is not installed, or not for this platform');
			return;
		}
		const photograph = await readFile(PHOTOGRAPH);
		const { server, port } = await startServer();
		try {
			await load(port, photograph, pick(mode, 3000, 500, 0));
			let loaded = false;
			const health = probe(port, () => loaded);
			const { times, perSecond } = await load(port, photograph, pick(mode, 5000, 1000, 0));
			loaded = true;
			out.add('image-rps', perSecond);
			out.add('image-p50', percentile(times, 50));
			out.add('image-p99', percentile(times, 99));
			out.add('health-p99', percentile(await health, 99));
		} finally {
			server.kill('SIGKILL');
			await once(server, 'exit');
		}
	},
};
