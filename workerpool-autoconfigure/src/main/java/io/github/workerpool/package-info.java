/**
 * The API that users code against: pools, tasks, futures, options, settings, snapshots
 * and errors. Interfaces and values only; nothing here starts a thread or knows an
 * engine, and nothing here needs more than the JDK.
 */
@NullMarked
package io.github.workerpool;

import org.jspecify.annotations.NullMarked;
