import { POOLS, openWarm } from '../subjects/index.mjs';
import { median, now, pick, timeEach } from '../measuring.mjs';
import { compute } from '../workers/tasks.mjs';

/** Twice the size until offloading wins, then so many steps between the last two. */
const REFINEMENTS = 3;

async function offloaded(pool, batch, steps) {
	await Promise.all(Array.from({ length: batch }, () => pool.run('compute', steps)));
}

function directly(batch, steps) {
	let sum = 0;
	for (let i = 0; i < batch; i++) {
		sum += compute(steps);
	}
	return sum;
}

/** The smallest task of which a batch is done sooner by two workers than by calling it. */
export const breakEven = {
	name: 'break-even',
	subjects: POOLS,
	async run(subject, mode, out) {
		const pool = await openWarm(subject);
		const batch = pick(mode, 500, 200, 20);
		const each = pick(mode, 150, 30, 0);
		// for the compilers, here and in the workers
		const warm = now() + pick(mode, 500, 100, 0);
		do {
			directly(batch, 1000);
			await offloaded(pool, batch, 1000);
		} while (now() < warm);

		const compare = async (steps) => {
			const own = median(await timeEach(each, () => directly(batch, steps)));
			const pooled = median(await timeEach(each, () => offloaded(pool, batch, steps)));
			return { won: pooled < own, microseconds: (own / batch) * 1000 };
		};

		let lost = 0;
		let steps = 500;
		let winner = await compare(steps);
		while (!winner.won) {
			lost = steps;
			steps *= 2;
			winner = await compare(steps);
		}
		for (let i = 0; i < REFINEMENTS && lost > 0; i++) {
			const middle = Math.round((lost + steps) / 2);
			const tried = await compare(middle);
			if (tried.won) {
				[steps, winner] = [middle, tried];
			} else {
				lost = middle;
			}
		}
		out.add('break-even', winner.microseconds);
		await pool.close();
	},
};
