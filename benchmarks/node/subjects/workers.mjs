import { fileURLToPath } from 'node:url';

/** The path of a file that a library runs in its workers. */
export const workerFile = (name) => fileURLToPath(new URL(`../workers/${name}`, import.meta.url));
