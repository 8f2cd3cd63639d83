import { POOLIFIER, POOLS, TRANSFERRING, load, openWarm } from '../subjects/index.mjs';
import { median, pick, timeEach } from '../measuring.mjs';

const KILO = 1000;
const MEGA = 1_000_000;

const LAST = 7;

const sizes = (mode) => [
	['1kB', KILO],
	['1MB', MEGA],
	// a smoke test has to be quick; that it works is seen with less
	['100MB', pick(mode, 100 * MEGA, 100 * MEGA, 2 * MEGA)],
];

// What comes back goes out again, as a transfer empties what it sends
async function roundTrips(size, milliseconds, send) {
	let bytes = new Uint8Array(size).fill(LAST);
	let trips = LAST;
	const trip = async () => {
		bytes = await send(bytes);
		trips++;
		if (bytes.byteLength !== size || bytes[0] !== trips % 256 || bytes[size - 1] !== LAST) {
			throw new Error(`Expected ${size} bytes back, the first of them changed, but found others`);
		}
	};
	await timeEach(1.5 * milliseconds, trip);
	return median(await timeEach(milliseconds, trip));
}

/** Bytes to a worker, which changes the first of them, and back: copied (structured clone) and transferred. */
export const payloads = {
	name: 'payloads',
	subjects: POOLS,
	async run(subject, mode, out) {
		const each = pick(mode, 1000, 80, 0);
		const copying = await openWarm(subject, { size: 1, bytes: true });
		for (const [name, size] of sizes(mode)) {
			out.add(`copied-${name}`, await roundTrips(size, each, (bytes) => copying.run('change', bytes)));
		}
		await copying.close();
		if (!TRANSFERRING.includes(subject)) {
			out.remark('has no transfer');
			return;
		}
		if (subject === POOLIFIER) {
			out.remark('transfers to its workers; what they answer is a copy');
		}
		const open = await load(subject);
		const moving = open({ size: 1, moving: true });
		for (const [name, size] of sizes(mode)) {
			out.add(`transferred-${name}`, await roundTrips(size, each, (bytes) => moving.move(bytes)));
		}
		await moving.close();
	},
};
