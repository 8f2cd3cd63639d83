import { POOLS, TINYPOOL, load } from '../subjects/index.mjs';
import { median, now, pause, pick } from '../measuring.mjs';

// Asks again and again, as poolifier sends tasks to the dead worker, where they are lost,
// or refuses them while it has none; the others keep the first until there is a worker.
async function firstAnswer(pool, patience) {
	const start = now();
	let answered;
	while (answered === undefined && now() - start < patience) {
		pool.run('noop', 0).then(
			() => (answered ??= now() - start),
			() => {},
		);
		await pause(1);
	}
	return answered ?? -1;
}

/** The only worker of a pool dies in a task: how long until the pool answers the next. */
export const replacing = {
	name: 'replacing',
	subjects: POOLS,
	async run(subject, mode, out) {
		// tinypool does not notice a worker that calls process.exit(): the task never ends,
		// and the pool has lost the worker for good. A crash it notices.
		const death = subject === TINYPOOL ? 'crash' : 'die';
		const open = await load(subject);
		const pool = open({ size: 1 });
		await pool.run('noop', 0);
		const end = now() + pick(mode, 4000, 800, 0);
		const times = [];
		do {
			// the time to hand over the task that dies is in it: a tenth of a millisecond
			pool.run(death, 0).then(undefined, () => {});
			times.push(await firstAnswer(pool, 5000));
			// until all that was asked meanwhile is answered
			await pause(100);
		} while (now() < end && times.at(-1) !== -1);
		out.add('replace', times.at(-1) === -1 ? -1 : median(times));
		await pool.close();
	},
};
