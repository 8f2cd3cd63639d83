import { Piscina } from 'piscina';

import { workerFile } from './workers.mjs';

// Defaults, but for size and bound. It has settings that may be faster:
// 'concurrentTasksPerWorker' (1) would send a worker its next task while it has one, and
// 'atomics' ('sync', the fastest for tasks that wait for nothing) chooses how it listens.
export function open({ size = 2, smallest = size, bound = Infinity, moving = false } = {}) {
	const pool = new Piscina({
		filename: workerFile(moving ? 'piscina-moving.mjs' : 'tasks.mjs'),
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
