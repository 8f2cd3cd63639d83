import { POOLS, TINYPOOL, load } from '../subjects/index.mjs';
import { median, now, pause, pick } from '../measuring.mjs';

// Asks again and again, as poolifier sends tasks to the dead worker, where they are lost,
// or refuses them while it has none; the others keep the first until there is a worker.
async function firstAnswer(pool, patience) {
	const start = now();
	let answered;
	while (answered === undefined && now() - start < patience) {
		pool.run('noop', 0).then(
			() => (answered ??= now()),
			() => {},
		);
		await pause(1);
	}
	return answered;
}

/** How long it took from the loss of the only worker, or undefined if the pool never answered again. */
async function replacement(pool, death) {
	let lost;
	const start = now();
	pool.run(death, 0).then(undefined, () => (lost = now()));
	const answered = await firstAnswer(pool, 5000);
	// a task whose worker is lost fails then, but for poolifier, which forgets about it
	return answered && answered - (lost ?? start);
}

/** The only worker of a pool dies in a task: how long until the pool answers the next. */
export const replacing = {
	name: 'replace',
	subjects: POOLS,
	async run(subject, mode, out) {
		// tinypool does not notice a worker that calls process.exit(): the task never ends,
		// and the pool has lost the worker for good. A crash it notices.
		const death = subject === TINYPOOL ? 'crash' : 'die';
		const open = await load(subject);
		const pool = open({ size: 1 });
		await pool.run('noop', 0);
		const times = [];
		for (const end = now() + pick(mode, 2500, 500, 0); times.length === 0 || now() < end; ) {
			const time = await replacement(pool, death);
			if (time === undefined) {
				out.add('replace', -1);
				return;
			}
			times.push(time);
			// until all that was asked meanwhile is answered
			await pause(100);
		}
		out.add('replace', median(times));
		await pool.close();
	},
};
