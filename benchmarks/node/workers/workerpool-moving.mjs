import workerpool from 'workerpool';

/** Gives the memory it got back without copying it. */
workerpool.worker({ echo: (bytes) => new workerpool.Transfer(bytes, [bytes.buffer]) });
