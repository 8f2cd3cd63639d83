import { workerFile } from './workers.mjs';

// Tinypool began as a copy of piscina, and is opened and used alike.
export function openWith(Pool, movingFile, { size = 2, smallest = size, bound = Infinity, moving = false } = {}) {
	const pool = new Pool({
		filename: workerFile(moving ? movingFile : 'tasks.mjs'),
		// loaded before the first task, as it is for who has one task per file
		name: moving ? 'change' : 'noop',
		minThreads: smallest,
		maxThreads: size,
		maxQueue: bound,
	});
	// a worker that dies with no task of its own must not end the fork
	pool.on('error', () => {});
	return {
		run: (task, argument) => pool.run(argument, { name: task }),
		move: (bytes) => pool.run(bytes, { name: 'change', transferList: [bytes.buffer] }),
		runWithin: (milliseconds, task, argument) =>
			pool.run(argument, { name: task, signal: AbortSignal.timeout(milliseconds) }),
		close: () => pool.destroy(),
	};
}
