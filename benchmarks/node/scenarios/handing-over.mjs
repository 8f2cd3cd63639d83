import { POOLS, openWarm } from '../subjects/index.mjs';
import { now, percentile, pick, timeEach } from '../measuring.mjs';

const BATCH = 10_000;

const BOUND = 16_384;

async function batch(pool, size) {
	const answers = new Array(size);
	for (let i = 0; i < size; i++) {
		answers[i] = pool.run('noop', i);
	}
	await Promise.all(answers);
}

/** A task that does nothing, ten thousand in flight: all are handed over, then all are waited for. */
export const pipelined = {
	name: 'noop-pipelined',
	subjects: POOLS,
	async run(subject, mode, out) {
		const pool = await openWarm(subject, { bound: BOUND });
		const size = pick(mode, BATCH, BATCH, 100);
		await timeEach(pick(mode, 1500, 250, 0), () => batch(pool, size));
		const start = now();
		const batches = await timeEach(pick(mode, 1500, 350, 0), () => batch(pool, size));
		out.add('noop-pipelined', (batches.length * size * 1000) / (now() - start));
		await pool.close();
	},
};

/** The same one at a time, from handing it over to its answer. */
export const oneAtATime = {
	name: 'noop-one-at-a-time',
	subjects: POOLS,
	async run(subject, mode, out) {
		const pool = await openWarm(subject, { bound: BOUND });
		await timeEach(pick(mode, 1000, 250, 0), () => pool.run('noop', 0));
		const times = await timeEach(pick(mode, 1500, 350, 0), () => pool.run('noop', 0));
		out.add('noop-p50', percentile(times, 50) * 1000);
		out.add('noop-p99', percentile(times, 99) * 1000);
		out.add('noop-p999', percentile(times, 99.9) * 1000);
		await pool.close();
	},
};
