/**
 * {@link io.github.workerpool.offload.Offload @Offload}: its post-processor, interceptor,
 * start-up checks and return styles. Knows pools only by their public API; how they are
 * built, and what the engine looks like inside, belongs elsewhere.
 */
@NullMarked
package io.github.workerpool.offload;

import org.jspecify.annotations.NullMarked;
