/**
 * The raw layer under pools: workers that run a script of their own, ports and channels
 * to talk to them. Knows how messages find their way between threads and child JVMs;
 * restarting a worker, or handing tasks to one, belongs elsewhere.
 */
@NullMarked
package io.github.workerpool.message;

import org.jspecify.annotations.NullMarked;
