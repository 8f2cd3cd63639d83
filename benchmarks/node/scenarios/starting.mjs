import { GROWING, POOLS, load } from '../subjects/index.mjs';
import { median, now, pick } from '../measuring.mjs';

async function newPool(open) {
	const start = now();
	const pool = open({ size: 1 });
	await pool.run('noop', 0);
	const took = now() - start;
	await pool.close();
	return took;
}

// The only worker sleeps, so the next task needs a new one
async function newWorker(open) {
	const pool = open({ smallest: 1 });
	await pool.run('noop', 0);
	pool.run('sleep', 60_000).then(undefined, () => {});
	const start = now();
	await pool.run('noop', 0);
	const took = now() - start;
	await pool.close();
	return took;
}

/** A new pool of one worker, and a new worker of a pool that runs, to the first answer; the library is loaded. */
export const starting = {
	name: 'start',
	subjects: POOLS,
	async run(subject, mode, out) {
		const open = await load(subject);
		const end = now() + pick(mode, 2500, 500, 0);
		const pools = [];
		const workers = [];
		do {
			pools.push(await newPool(open));
			if (GROWING.includes(subject)) {
				workers.push(await newWorker(open));
			}
		} while (now() < end);
		out.add('start-pool', median(pools));
		if (workers.length > 0) {
			out.add('start-worker', median(workers));
		}
	},
};
