import { FixedThreadPool } from 'poolifier';

import { workerFile } from './workers.mjs';

// Defaults: no queue of its own ('enableTasksQueue' is off), so that each task goes at
// once to the worker with the fewest, whose port is the queue. There is no bound then.
export function open({ size = 2 } = {}) {
	const pool = new FixedThreadPool(size, workerFile('poolifier.mjs'), {
		// a worker that dies must not end the fork
		errorHandler: () => {},
	});
	pool.emitter?.on('error', () => {});
	return {
		run: (task, argument) => pool.execute(argument, task),
		// its workers have no way to transfer a result: what comes back is a copy
		move: (bytes) => pool.execute(bytes, 'change', undefined, [bytes.buffer]),
		runWithin: (milliseconds, task, argument) =>
			pool.execute(argument, task, AbortSignal.timeout(milliseconds)),
		close: () => pool.destroy(),
	};
}
