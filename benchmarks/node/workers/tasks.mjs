// What the workers of every library are asked to do. No library is named here, so that
// all run the same code; those that need a file of their own build it around this one.

export const noop = () => 1;

export const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

/** Changes the first of some bytes and gives them back; how they travel is up to the library. */
export function change(bytes) {
	bytes[0]++;
	return bytes;
}

/**
 * Computes for so many steps, which is the same work whoever else wants the core; a time
 * would be over sooner for who has to wait. The result keeps the loop from being left out.
 */
export function compute(steps) {
	let value = 1;
	for (let step = 0; step < steps; step++) {
		value = (Math.imul(value, 48271) + step) & 0x7fffffff;
	}
	return value;
}

/** Takes so many milliseconds without a core, as if it waited for a network. */
// 'async' is for poolifier, which takes a function that only returns a promise for one
// that can't be aborted
export async function sleep(milliseconds) {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Never ends, never yields, and writes down all the time that it is still there. */
export function spin(heartbeat) {
	for (;;) {
		Atomics.store(heartbeat, 0, process.hrtime.bigint());
	}
}

/**
 * The same for a worker that shares no memory: its process is the sign of life. It ends
 * after a minute all the same, should whoever has to end it be gone.
 */
export function spinAlone() {
	const end = performance.now() + 60_000;
	while (performance.now() < end);
}

export const pid = () => process.pid;

/** Ends the worker in the middle of a task: the thread, or the process if it has one of its own. */
export function die() {
	process.exit(1);
}

/** Crashes the worker: an exception that no promise of the task knows of. */
export function crash() {
	setImmediate(() => {
		throw new Error('a worker that crashes, as asked to');
	});
	return new Promise(() => {});
}
