import { BOUNDED, SIZE, openWarm } from '../subjects/index.mjs';
import { now, pause, percentile, pick } from '../measuring.mjs';

const BOUND = 100;

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

async function capacity(pool, milliseconds) {
	let answered = 0;
	const start = now();
	// enough in flight for workers that never wait, and few enough for the queue
	const asker = async () => {
		while (now() - start < milliseconds) {
			await pool.run('burn', TASK);
			answered++;
		}
	};
	await Promise.all(Array.from({ length: SIZE * 4 }, asker));
	return answered / (now() - start);
}

/** Twice as many tasks as the workers can do: how long those take that are accepted. */
async function acceptance(subject, milliseconds) {
	const pool = await openWarm(subject, { bound: BOUND });
	const perMillisecond = 2 * (await capacity(pool, milliseconds / 4));
	const latencies = [];
	let offered = 0;
	const start = now();
	for (let elapsed = 0; elapsed < milliseconds; elapsed = now() - start) {
		for (const due = Math.ceil(elapsed * perMillisecond); offered < due; offered++) {
			const submitted = now();
			offer(pool, 'burn', TASK).then(() => latencies.push(now() - submitted), ignore);
		}
		await pause(1);
	}
	// what is still queued was accepted, too
	while (latencies.length === 0) {
		await pause(1);
	}
	await pool.close();
	return latencies;
}

/** More tasks than a bounded pool can take. */
export const overload = {
	name: 'overload',
	subjects: BOUNDED,
	async run(subject, mode, out) {
		out.add('reject-rate', await rejections(subject, pick(mode, 2000, 300, 0)));
		const accepted = await acceptance(subject, pick(mode, 3000, 700, 50));
		out.add('accepted-p50', percentile(accepted, 50));
		out.add('accepted-p99', percentile(accepted, 99));
	},
};
