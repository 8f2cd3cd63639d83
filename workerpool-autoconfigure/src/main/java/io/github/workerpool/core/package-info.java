/**
 * The pool itself: queue, dispatch, supervision, deadlines, statistics. Knows workers
 * only through {@link io.github.workerpool.core.WorkerFactory} and
 * {@link io.github.workerpool.core.WorkerBackend}; what a worker is belongs elsewhere,
 * and so does Spring.
 */
@NullMarked
package io.github.workerpool.core;

import org.jspecify.annotations.NullMarked;
