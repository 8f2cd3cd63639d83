/**
 * Shows what a pool is for: a caller that stays responsive, and cores that are all used.
 */
@NullMarked
package io.github.workerpool.sample.demo;

import org.jspecify.annotations.NullMarked;
