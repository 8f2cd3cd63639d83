/**
 * JMH benchmarks of the engine and of what Spring adds around it. Only public types are
 * measured, as a user would call them.
 */
@NullMarked
package io.github.workerpool.benchmarks;

import org.jspecify.annotations.NullMarked;
