/**
 * A small web application that gives its CPU-heavy work to worker pools. It uses the
 * starter as any application would: no type of the engine appears here.
 */
@NullMarked
package io.github.workerpool.sample;

import org.jspecify.annotations.NullMarked;
