import { POOLS, openWarm } from '../subjects/index.mjs';
import { median, now, pick, stepsPerMillisecond } from '../measuring.mjs';
import { compute } from '../workers/tasks.mjs';

// Microseconds; nobody here sends a message and hears of it in less
const SMALLEST = 4;

// Whom nothing disturbs has won long before
const LARGEST = 1000;

const WINS = 3;

async function offloaded(pool, batch, steps) {
	const start = now();
	await Promise.all(Array.from({ length: batch }, () => pool.run('compute', steps)));
	return now() - start;
}

function called(batch, steps) {
	const start = now();
	for (let i = 0; i < batch; i++) {
		compute(steps);
	}
	return now() - start;
}

/** Where the line crosses zero, between the last size that lost and the first of those that won. */
function crossing(points) {
	const winner = points.at(-WINS);
	const loser = points.at(-WINS - 1);
	if (loser === undefined) {
		return winner.size;
	}
	const share = winner.gain / (winner.gain - loser.gain);
	return winner.size - share * (winner.size - loser.size);
}

/**
 * The smallest task of which a batch is done sooner by two workers than by calling it.
 * Sizes grow, in a full run by a quarter; at each both are timed in turns, and the
 * workers have to win at three sizes in a row.
 */
export const breakEven = {
	name: 'break-even',
	subjects: POOLS,
	async run(subject, mode, out) {
		const pool = await openWarm(subject);
		const batch = pick(mode, 500, 100, 20);
		const times = pick(mode, 5, 3, 1);
		const smallest = pick(mode, SMALLEST, SMALLEST, 10 * SMALLEST);
		const growth = pick(mode, 1.25, 1.5, 2);
		const perMicrosecond = stepsPerMillisecond(pick(mode, 150, 50, 20)) / 1000;
		const warm = now() + pick(mode, 2000, 100, 0);
		do {
			await offloaded(pool, batch, Math.round(SMALLEST * perMicrosecond));
		} while (now() < warm);

		const points = [];
		let won = 0;
		const end = now() + pick(mode, 10_000, 4000, 4000);
		for (let size = smallest; won < WINS && size < LARGEST && now() < end; size *= growth) {
			const steps = Math.round(size * perMicrosecond);
			const own = [];
			const pooled = [];
			for (let i = 0; i < times; i++) {
				pooled.push(await offloaded(pool, batch, steps));
				own.push(called(batch, steps));
			}
			const gain = Math.log(median(own) / median(pooled));
			points.push({ size, gain });
			won = gain > 0 ? won + 1 : 0;
		}
		if (won === WINS) {
			out.add('break-even', crossing(points));
		} else {
			// with two free cores it wins far below, so this says nothing about the library
			out.skip('two workers won nothing: the machine has one core, or too much else to do');
		}
		await pool.close();
	},
};
