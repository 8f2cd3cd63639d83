import workerpool from 'workerpool';

import * as tasks from './tasks.mjs';

/** Gives the memory it got back without copying it. */
function change(bytes) {
	return new workerpool.Transfer(tasks.change(bytes), [bytes.buffer]);
}

workerpool.worker({ change });
