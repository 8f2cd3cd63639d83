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

/** A task that does nothing: many in flight, and one at a time. */
export const handingOver = {
	name: 'handing-over',
	subjects: POOLS,
	async run(subject, mode, out) {
		const pool = await openWarm(subject, { bound: BOUND });
		const size = pick(mode, BATCH, BATCH, 100);
		const warmUp = pick(mode, 1000, 200, 0);
		const length = pick(mode, 3000, 500, 0);

		await timeEach(warmUp, () => batch(pool, size));
		const start = now();
		const batches = await timeEach(length, () => batch(pool, size));
		out.add('noop-pipelined', (batches.length * size * 1000) / (now() - start));

		await timeEach(warmUp / 2, () => pool.run('noop', 0));
		const times = await timeEach(length * 0.7, () => pool.run('noop', 0));
		out.add('noop-p50', percentile(times, 50) * 1000);
		out.add('noop-p99', percentile(times, 99) * 1000);
		out.add('noop-p999', percentile(times, 99.9) * 1000);
		await pool.close();
	},
};
