/**
 * A small web application that gives its CPU-heavy work to worker pools. It uses the
 * starter as any application would: no type of the engine appears here. One package per
 * kind of work, each with a thin controller and the code that runs on a worker; what
 * crosses between the two is bytes, records and numbers, so that it could cross to
 * another process as well.
 */
@NullMarked
package io.github.workerpool.sample;

import org.jspecify.annotations.NullMarked;
