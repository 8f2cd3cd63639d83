/**
 * Pictures: what can be asked of them, and the pool that does it.
 */
@NullMarked
package io.github.workerpool.sample.image;

import org.jspecify.annotations.NullMarked;
