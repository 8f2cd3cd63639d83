/**
 * Memory and messages that cross between workers: structured clones, buffers that change
 * their owner, memory shared between threads and JVMs. Knows no pool and no channel; who
 * sends what where belongs elsewhere.
 */
@NullMarked
package io.github.workerpool.memory;

import org.jspecify.annotations.NullMarked;
