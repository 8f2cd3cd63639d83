import { POOLS, TRANSFERRING, POOLIFIER, load, openWarm } from '../subjects/index.mjs';
import { median, pick, timeEach } from '../measuring.mjs';

const KILO = 1000;
const MEGA = 1_000_000;

const sizes = (mode) => [
	['1kB', KILO],
	['1MB', MEGA],
	// a smoke test has to be quick; that it works is seen with less
	['100MB', pick(mode, 100 * MEGA, 100 * MEGA, 2 * MEGA)],
];

// Bytes to and fro; what comes back goes out again, as a transfer empties what it sends
async function roundTrips(size, milliseconds, send) {
	let bytes = new Uint8Array(size).fill(7);
	const trip = async () => {
		bytes = await send(bytes);
		if (bytes.byteLength !== size || bytes[0] !== 7 || bytes[size - 1] !== 7) {
			throw new Error(`Expected ${size} bytes back, but found ${bytes.byteLength}, or others`);
		}
	};
	await timeEach(milliseconds / 4, trip);
	return median(await timeEach(milliseconds, trip));
}

/** Bytes to a worker and back, copied (structured clone) and transferred; milliseconds per round trip. */
export const payloads = {
	name: 'payloads',
	subjects: POOLS,
	async run(subject, mode, out) {
		const each = pick(mode, 1000, 80, 0);
		const copying = await openWarm(subject, { bytes: true });
		for (const [name, size] of sizes(mode)) {
			out.add(`copied-${name}`, await roundTrips(size, each, (bytes) => copying.run('echo', bytes)));
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
		const moving = open({ moving: true });
		for (const [name, size] of sizes(mode).slice(1)) {
			out.add(`transferred-${name}`, await roundTrips(size, each, (bytes) => moving.move(bytes)));
		}
		await moving.close();
	},
};
