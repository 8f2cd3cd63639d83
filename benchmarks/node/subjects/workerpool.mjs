import workerpool from 'workerpool';

import { workerFile } from './workers.mjs';

// Defaults, but for size and bound. A child speaks JSON with its parent, which is the
// default of child_process.fork() and can't carry bytes; who sends some (bytes: true)
// has to set 'serialization' to 'advanced'.
function open(workerType, { size = 2, smallest = size, bound = Infinity, moving = false, bytes = false }) {
	const pool = workerpool.pool(workerFile(moving ? 'workerpool-moving.mjs' : 'workerpool.mjs'), {
		workerType,
		minWorkers: smallest,
		maxWorkers: size,
		maxQueueSize: bound,
		...(bytes && { forkOpts: { serialization: 'advanced' } }),
	});
	return {
		run: (task, argument) => pool.exec(task, [argument]),
		move: (content) => pool.exec('change', [content], { transfer: [content.buffer] }),
		// counts from the start of the task, not from when it was handed over
		runWithin: (milliseconds, task, argument) => pool.exec(task, [argument]).timeout(milliseconds),
		close: () => pool.terminate(true),
	};
}

export const threads = { open: (options = {}) => open('thread', options) };

export const processes = { open: (options = {}) => open('process', options) };
