/**
 * A small image service, the same for everybody but for who does the work. It runs in a
 * JVM of its own.
 */
@NullMarked
package io.github.workerpool.benchmarks.images;

import org.jspecify.annotations.NullMarked;
