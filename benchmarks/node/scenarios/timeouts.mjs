import { POOLIFIER, POOLS, SIZE, WORKERPOOL_PROCESSES, WORKERPOOL_THREADS, load, openWarm } from '../subjects/index.mjs';
import { now, pause, percentile, pick } from '../measuring.mjs';

const TIMEOUT = 50;

const PER_MILLISECOND = 1;

const NEVER = -1;

const AN_HOUR = 3_600_000;

// workerpool.js asks the worker first, and then lets it live for so long, twice
// ('workerTerminateTimeout', its default): what it names is the grace.
const GRACE = { [WORKERPOOL_THREADS]: 1000, [WORKERPOOL_PROCESSES]: 1000 };

/** Tasks that wait behind busy workers, a thousand per second; how late their promises fail. */
async function lateness(subject, milliseconds) {
	const pool = await openWarm(subject);
	// poolifier sends its tasks to the workers, where they run, too: these only sleep. If
	// they computed, none of its promises would ever fail.
	for (let i = 0; i < SIZE; i++) {
		pool.run('sleep', AN_HOUR).then(undefined, () => {});
	}
	const late = [];
	const failing = [];
	const start = now();
	for (let elapsed = 0; elapsed < milliseconds; elapsed = now() - start) {
		for (const due = Math.ceil(elapsed * PER_MILLISECOND); failing.length < due; ) {
			const deadline = now() + TIMEOUT;
			// timers count whole milliseconds: a fraction of one too early is in time
			const fails = () => late.push(Math.max(0, now() - deadline));
			failing.push(pool.runWithin(TIMEOUT, 'sleep', AN_HOUR).then(undefined, fails));
		}
		await pause(1);
	}
	await Promise.all(failing);
	await pool.close();
	return late;
}

/** Work that never ends nor yields: how long after its deadline and the grace it is really gone. */
async function goneInThread(open, grace) {
	const pool = open({ size: 1 });
	await pool.run('noop', 0);
	const heartbeat = new BigInt64Array(new SharedArrayBuffer(8));
	const deadline = process.hrtime.bigint() + BigInt(TIMEOUT * 1e6);
	await pool.runWithin(TIMEOUT, 'spin', heartbeat).then(undefined, () => {});
	let last;
	do {
		last = Atomics.load(heartbeat, 0);
		await pause(100);
	} while (Atomics.load(heartbeat, 0) !== last);
	await pool.close();
	// what was gone before the grace was over is not early, but in time
	return Math.max(0, Number(last - deadline) / 1e6 - grace);
}

/** The same for a process, which is gone when the system knows no process of its id. */
async function goneInProcess(open, grace) {
	const pool = open({ size: 1 });
	const pid = await pool.run('pid', 0);
	const deadline = now() + TIMEOUT;
	pool.runWithin(TIMEOUT, 'spinAlone', 0).then(undefined, () => {});
	while (isAlive(pid)) {
		await pause(1);
	}
	const gone = now() - deadline;
	await pool.close();
	return Math.max(0, gone - grace);
}

function isAlive(pid) {
	try {
		// sends nothing, only looks
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** When tasks end that take too long: their promises, and their work. */
export const timeouts = {
	name: 'timeouts',
	subjects: POOLS,
	async run(subject, mode, out) {
		if (subject in GRACE) {
			// Its timeout begins when the task does: behind a busy worker there is none
			out.remark('a task that waits for a worker has no timeout');
			out.add('late-p50', NEVER);
			out.add('late-p99', NEVER);
		} else {
			const late = await lateness(subject, pick(mode, 2000, 400, 100));
			out.add('late-p50', percentile(late, 50));
			out.add('late-p99', percentile(late, 99));
		}
		if (subject === POOLIFIER) {
			// A worker that is busy doesn't read that it is to stop, and nobody stops it
			out.remark('can not stop a task that computes');
			out.add('gone-p99', NEVER);
			return;
		}
		const open = await load(subject);
		const gone = [];
		for (const end = now() + pick(mode, 2000, 300, 0); gone.length === 0 || now() < end; ) {
			const measure = subject === WORKERPOOL_PROCESSES ? goneInProcess : goneInThread;
			gone.push(await measure(open, GRACE[subject] ?? 0));
		}
		out.add('gone-p99', percentile(gone, 99));
	},
};
