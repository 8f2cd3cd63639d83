/**
 * Workers that are child JVMs, seen from the parent: launching them, talking to them,
 * watching them, killing them. What runs inside a child lives in
 * {@code io.github.workerpool.process.child}, which may use this package but not the
 * other way round: a child's main class is known here by name only. Nothing here decides
 * when a worker is started, stopped or replaced, and nothing here knows Spring.
 */
@NullMarked
package io.github.workerpool.process;

import org.jspecify.annotations.NullMarked;
