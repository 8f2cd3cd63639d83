// Clock, modes and the few statistics that a fork needs. All times are milliseconds.

import { compute } from './workers/tasks.mjs';

export const now = () => performance.now();

/** One of three values, by mode. */
export const pick = (mode, full, quick, smoke) => ({ full, quick, smoke })[mode];

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The value that so many per cent of the values do not exceed (nearest rank). */
export function percentile(values, percent) {
	if (values.length === 0) {
		throw new Error('Nothing was measured, so there is no percentile of it');
	}
	const sorted = Float64Array.from(values).sort();
	return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

export const median = (values) => percentile(values, 50);

/** Runs one after another for so long, at least once, and gives how long each took. */
export async function timeEach(milliseconds, action) {
	const times = [];
	const end = now() + milliseconds;
	do {
		const start = now();
		await action();
		times.push(now() - start);
	} while (now() < end);
	return times;
}

/** Steps of a computation that take a millisecond where nothing disturbs, found out in so many. */
export function stepsPerMillisecond(milliseconds) {
	const trial = 20_000;
	let best = Infinity;
	for (const end = now() + milliseconds; now() < end; ) {
		const start = now();
		compute(trial);
		best = Math.min(best, now() - start);
	}
	return Math.max(1, Math.round(trial / best));
}
