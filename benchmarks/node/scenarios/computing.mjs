import { availableParallelism } from 'node:os';

import { POOLS, openWarm } from '../subjects/index.mjs';
import { median, now, pick, timeEach } from '../measuring.mjs';
import { fib } from '../workers/tasks.mjs';

const N = 30;

// A tenth of what the forks in Java do, which are quicker; the share of the ideal is the same
const TASKS = 1000;

async function batch(pool, size, n) {
	await Promise.all(Array.from({ length: size }, () => pool.run('fib', n)));
}

/** Numbers of Fibonacci on all cores, against the same ones one after another on this thread. */
export const computing = {
	name: 'computing',
	subjects: POOLS,
	async run(subject, mode, out) {
		const cores = availableParallelism();
		const n = pick(mode, N, N, 15);
		const size = pick(mode, TASKS, 40, 4);
		const pool = await openWarm(subject, { size: cores });
		const alone = () => timeEach(pick(mode, 700, 100, 0), () => fib(n));
		await batch(pool, size / 8, n);
		await alone();
		// before and after: a machine that gets hot or busy meanwhile shows in both
		const before = median(await alone());
		const start = now();
		await batch(pool, size, n);
		const took = now() - start;
		const single = (before + median(await alone())) / 2;
		out.add('fib-tasks/s', (size * 1000) / took);
		out.add('fib-efficiency', (100 * size * single) / cores / took);
		await pool.close();
	},
};
