import { availableParallelism } from 'node:os';

import { POOLS, SIZE, openWarm } from '../subjects/index.mjs';
import { median, now, pick, timeEach } from '../measuring.mjs';
import { fib } from '../workers/tasks.mjs';

const N = 30;

async function batch(pool, size, n) {
	await Promise.all(Array.from({ length: size }, () => pool.run('fib', n)));
}

/** Numbers of Fibonacci on all workers, against the same ones one after another on this thread. */
export const computing = {
	name: 'computing',
	subjects: POOLS,
	async run(subject, mode, out) {
		const n = pick(mode, N, N, 15);
		const size = pick(mode, 400, 40, 4);
		const pool = await openWarm(subject);
		const alone = () => timeEach(pick(mode, 700, 100, 0), () => fib(n));
		await batch(pool, size / 4, n);
		await alone();
		// before and after: a machine that gets hot or busy meanwhile shows in both
		const before = median(await alone());
		const start = now();
		await batch(pool, size, n);
		const took = now() - start;
		const single = (before + median(await alone())) / 2;
		out.add('fib-tasks/s', (size * 1000) / took);
		out.add('fib-efficiency', (100 * size * single) / Math.min(SIZE, availableParallelism()) / took);
		await pool.close();
	},
};
