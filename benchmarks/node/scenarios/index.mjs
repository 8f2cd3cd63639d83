import { breakEven } from './break-even.mjs';
import { computing } from './computing.mjs';
import { oneAtATime, pipelined } from './handing-over.mjs';
import { idle } from './idle.mjs';
import { images } from './images.mjs';
import { overload } from './overload.mjs';
import { payloads } from './payloads.mjs';
import { replacing } from './replacing.mjs';
import { starting } from './starting.mjs';
import { timeouts } from './timeouts.mjs';

/** All that is measured in Node: a name, the subjects, and run(subject, mode, out). */
export const scenarios = [
	pipelined,
	oneAtATime,
	payloads,
	computing,
	starting,
	replacing,
	timeouts,
	overload,
	breakEven,
	idle,
	images,
];
