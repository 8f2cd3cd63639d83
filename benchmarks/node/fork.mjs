// Measures one subject in one scenario, once, in this process, and ends it. What was
// measured goes to stdout, a line per value that begins with '@@ '; all else is noise.

import { scenarios } from './scenarios/index.mjs';

const MODES = ['full', 'quick', 'smoke'];

// Long enough for the slowest measurement on a slow machine; a library that loses a
// task's answer must not keep whoever waits for this process.
const PATIENCE = 180_000;

// Starts on a line of its own, whatever was printed without an end of line
const line = (members) => process.stdout.write(`\n@@ ${JSON.stringify(members)}\n`);

async function measure(name, subject, mode) {
	const scenario = scenarios.find((candidate) => candidate.name === name);
	if (!scenario) {
		throw new Error(`No scenario '${name}'; there are ${scenarios.map((each) => each.name).join(', ')}`);
	}
	if (!scenario.subjects.includes(subject)) {
		throw new Error(`Scenario '${name}' has no subject '${subject}'; it has ${scenario.subjects.join(', ')}`);
	}
	if (!MODES.includes(mode)) {
		throw new Error(`No mode '${mode}'; there are ${MODES.join(', ')}`);
	}
	await scenario.run(subject, mode, {
		add(figure, value) {
			if (!Number.isFinite(value)) {
				throw new Error(`Figure '${figure}' of '${subject}' is ${value}, expected a finite number`);
			}
			line({ figure, subject, value });
		},
		skip: (why) => line({ subject, skipped: why }),
		remark: (text) => console.log(`${subject}: ${text}`),
	});
}

function end(code, error) {
	if (error) {
		console.error(error);
	}
	// libraries leave workers behind that would keep the process; stdout may be a pipe,
	// which has to be emptied first
	process.stdout.write('', () => process.exit(code));
}

const [scenario, subject, mode] = process.argv.slice(2);
if (scenario === '--list') {
	const list = scenarios.flatMap(({ name, subjects }) => subjects.map((each) => ({ scenario: name, subject: each })));
	console.log(JSON.stringify(list));
} else if (mode === undefined) {
	end(2, 'Expected three arguments: scenario, subject and full, quick or smoke; or --list');
} else {
	// An exception that nobody waits for is a failure, not a warning
	process.on('uncaughtException', (error) => end(1, error));
	setTimeout(() => end(1, new Error(`'${scenario}' of '${subject}' did not end within ${PATIENCE / 1000} s`)), PATIENCE);
	measure(scenario, subject, mode).then(
		() => end(0),
		(error) => end(1, error),
	);
}
