import { Piscina } from 'piscina';

import { openWith } from './pools.mjs';

// Defaults, but for size and bound. It has settings that may be faster:
// 'concurrentTasksPerWorker' (1) would send a worker its next task while it has one, and
// 'atomics' ('sync', the fastest for tasks that wait for nothing) chooses how it listens.
export function open(options) {
	return openWith(Piscina, 'piscina-moving.mjs', options);
}
