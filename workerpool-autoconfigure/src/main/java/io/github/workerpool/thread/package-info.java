/**
 * Workers that are threads of this JVM. Nothing here decides when a worker is started,
 * stopped or replaced.
 */
@NullMarked
package io.github.workerpool.thread;

import org.jspecify.annotations.NullMarked;
