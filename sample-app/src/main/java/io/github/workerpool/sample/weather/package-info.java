/**
 * Weather prediction by a small model that each worker trains once.
 */
@NullMarked
package io.github.workerpool.sample.weather;

import org.jspecify.annotations.NullMarked;
