package io.github.workerpool;

import java.io.Serializable;
import java.util.concurrent.Callable;

/**
 * A piece of CPU-heavy work with a result. Serializable, so that the same task runs in
 * either isolation; in thread isolation it is never serialized.
 *
 * @param <R> the type of the result
 * @since 0.1.0
 */
@FunctionalInterface
public interface Task<R> extends Callable<R>, Serializable {

}
