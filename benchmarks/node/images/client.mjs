import { Agent, request } from 'node:http';

/** A connection that is kept; gives the status and the body of each answer. */
export function connect(port) {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	return {
		send: (method, path, body) =>
			new Promise((resolve, reject) => {
				const headers = body ? { 'Content-Type': 'image/jpeg', 'Content-Length': body.length } : {};
				const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
					const chunks = [];
					response.on('data', (chunk) => chunks.push(chunk));
					response.on('error', reject);
					response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
				});
				sent.on('error', reject);
				sent.end(body);
			}),
		close: () => agent.destroy(),
	};
}
