import { readFile } from 'node:fs/promises';

import { POOLS, SIZE, WORKERPOOL_PROCESSES, load } from '../subjects/index.mjs';
import { now, pause, pick } from '../measuring.mjs';

// Of a second; Linux has told user space so for decades, whatever the kernel's own clock
const TICK = 1 / 100;

/** Seconds of CPU that a process has used, of Linux. */
async function cpuSeconds(pid) {
	const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
	// the name in parentheses may contain anything; after it, fields 14 and 15 of proc(5)
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** Megabytes that a process has for itself, and its share of what it shares. */
async function proportionalMegabytes(pid) {
	const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
	return (Number(rollup.match(/^Pss:\s+(\d+) kB$/m)[1]) * 1024) / 1e6;
}

async function usedSeconds(children) {
	const own = process.cpuUsage();
	let seconds = (own.user + own.system) / 1e6;
	for (const pid of children) {
		seconds += await cpuSeconds(pid);
	}
	return seconds;
}

async function warm(pool) {
	const pids = new Set();
	// until each worker has answered: a process that is slow to start has no answer yet
	for (let round = 0; round < 20; round++) {
		const answers = await Promise.all(Array.from({ length: 20 }, () => pool.run('pid', 0)));
		answers.forEach((pid) => pids.add(pid));
	}
	pids.delete(process.pid);
	return [...pids];
}

/** What a pool costs that has nothing to do: CPU, and memory per worker. */
export const idle = {
	name: 'idle',
	subjects: POOLS,
	async run(subject, mode, out) {
		const open = await load(subject);
		if (subject === WORKERPOOL_PROCESSES && process.platform !== 'linux') {
			out.skip('needs /proc of Linux to look into the children');
			return;
		}
		const before = process.memoryUsage.rss();
		const pool = open();
		const children = await warm(pool);
		await pause(pick(mode, 1000, 100, 10));

		const seconds = await usedSeconds(children);
		const start = now();
		await pause(pick(mode, 3000, 500, 50));
		const used = (await usedSeconds(children)) - seconds;
		out.add('idle-cpu', (100 * used * 1000) / (now() - start));

		if (subject === WORKERPOOL_PROCESSES) {
			const sizes = await Promise.all(children.map(proportionalMegabytes));
			out.add('child-memory', sizes.reduce((sum, size) => sum + size, 0) / children.length);
		} else {
			// a thread's memory is its process's: what that has grown by
			out.add('child-memory', (process.memoryUsage.rss() - before) / 1e6 / SIZE);
		}
		await pool.close();
	},
};
