import { BOUNDED, SIZE, openWarm } from '../subjects/index.mjs';
import { now, pause, percentile, pick, stepsPerMillisecond } from '../measuring.mjs';

const BOUND = 100;

// Milliseconds that a task computes
const TASK = 1;

const ignore = () => {};

// A queue that is full is told by a promise that fails, or at once
function offer(pool, task, argument) {
	try {
		return pool.run(task, argument);
	} catch (refused) {
		return Promise.reject(refused);
	}
}

/** Workers busy and the queue full: how many tasks are refused per second. */
async function rejections(subject, milliseconds) {
	const pool = await openWarm(subject, { bound: BOUND });
	for (let i = 0; i < SIZE + BOUND; i++) {
		offer(pool, 'sleep', 3_600_000).then(undefined, ignore);
	}
	let refused = 0;
	const start = now();
	do {
		for (let i = 0; i < 1000; i++) {
			await offer(pool, 'noop', 0).then(
				() => {
					throw new Error('A task was accepted by a pool that is full');
				},
				() => refused++,
			);
		}
	} while (now() - start < milliseconds);
	const rate = (refused * 1000) / (now() - start);
	await pool.close();
	return rate;
}

/** Twice as many tasks as the workers can do: how long those take that are accepted, from when they are due. */
async function acceptance(subject, mode) {
	const pool = await openWarm(subject, { bound: BOUND });
	const steps = TASK * stepsPerMillisecond(pick(mode, 150, 50, 20));
	const perMillisecond = (2 * SIZE) / TASK;
	const overloadFor = async (milliseconds) => {
		const latencies = [];
		const accepted = [];
		let offered = 0;
		const start = now();
		for (let elapsed = 0; elapsed < milliseconds; elapsed = now() - start) {
			for (; offered <= elapsed * perMillisecond; offered++) {
				const due = start + offered / perMillisecond;
				accepted.push(offer(pool, 'compute', steps).then(() => latencies.push(now() - due), ignore));
			}
			await pause(1);
		}
		await Promise.all(accepted);
		return latencies;
	};
	await overloadFor(pick(mode, 1000, 150, 20));
	const latencies = await overloadFor(pick(mode, 3000, 400, 20));
	await pool.close();
	return latencies;
}

/** More tasks than a bounded pool can take. */
export const overload = {
	name: 'overload',
	subjects: BOUNDED,
	async run(subject, mode, out) {
		const accepted = await acceptance(subject, mode);
		out.add('accepted-p50', percentile(accepted, 50));
		out.add('accepted-p99', percentile(accepted, 99));
		await rejections(subject, pick(mode, 1000, 50, 0));
		out.add('reject-rate', await rejections(subject, pick(mode, 2000, 200, 0)));
	},
};
