/**
 * Shows what a pool is for: a caller that stays responsive, and cores that are all used;
 * and what workers share: memory, messages, and nothing else.
 */
@NullMarked
package io.github.workerpool.sample.demo;

import org.jspecify.annotations.NullMarked;
