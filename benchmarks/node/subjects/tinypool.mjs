import { Tinypool } from 'tinypool';

import { openWith } from './pools.mjs';

// Defaults, but for size and bound: 'runtime' stays 'worker_threads',
// 'concurrentTasksPerWorker' stays 1.
export function open(options) {
	return openWith(Tinypool, 'tinypool-moving.mjs', options);
}
