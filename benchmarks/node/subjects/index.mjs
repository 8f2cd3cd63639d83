// A subject is a library behind the same few functions:
//
//   open({ size, smallest, bound, moving, bytes }) gives a pool with
//   run(task, argument)                  a promise of a task's answer; the tasks are in workers/tasks.mjs
//   move(bytes)                          a promise of the answer of change(bytes), transferred both ways
//   runWithin(milliseconds, task, arg.)  a promise that fails when the time is over
//   close()                              ends the pool and whatever it does
//
// Only what a scenario asks for is loaded: no library is measured beside another.

import { pause } from '../measuring.mjs';

export const PISCINA = 'piscina';
export const TINYPOOL = 'tinypool';
export const POOLIFIER = 'poolifier';
export const WORKERPOOL_THREADS = 'workerpool.js threads';
export const WORKERPOOL_PROCESSES = 'workerpool.js processes';

const libraries = {
	[PISCINA]: () => import('./piscina.mjs'),
	[TINYPOOL]: () => import('./tinypool.mjs'),
	[POOLIFIER]: () => import('./poolifier.mjs'),
	[WORKERPOOL_THREADS]: async () => (await import('./workerpool.mjs')).threads,
	[WORKERPOOL_PROCESSES]: async () => (await import('./workerpool.mjs')).processes,
};

/** All of them have so many workers, unless a scenario says otherwise. */
export const SIZE = 2;

export const POOLS = Object.keys(libraries);

/** Those that can start with fewer workers than they may have. */
export const GROWING = [PISCINA, TINYPOOL, WORKERPOOL_THREADS, WORKERPOOL_PROCESSES];

/** Those whose queue can have a bound. */
export const BOUNDED = GROWING;

/** Those that can give memory away instead of copying it. */
export const TRANSFERRING = [PISCINA, TINYPOOL, POOLIFIER, WORKERPOOL_THREADS];

// How long a pool may take to close before it is left to the end of the fork: closing is
// not measured, and poolifier's now and then waits for an answer that never comes.
const CLOSING = 1000;

/** Loads a library and gives a function that opens its pools. */
export async function load(subject) {
	const { open } = await libraries[subject]();
	return (options = {}) => {
		const pool = open({ size: SIZE, ...options });
		const close = () => Promise.race([pool.close(), pause(CLOSING)]);
		return { ...pool, close };
	};
}

/** Opens a pool and waits until each worker is warm enough to be measured. */
export async function openWarm(subject, options) {
	const open = await load(subject);
	const pool = open(options);
	for (let round = 0; round < 10; round++) {
		await Promise.all(Array.from({ length: 10 }, () => pool.run('noop', 0)));
	}
	return pool;
}
