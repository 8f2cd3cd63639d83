package io.github.workerpool;

/**
 * What a worker is, and so what it can contain.
 *
 * @since 0.1.0
 */
public enum Isolation {

	/**
	 * A worker is a platform thread of this JVM. Exceptions and stack overflows are
	 * contained; running out of memory, {@code System.exit} and native crashes are not.
	 */
	THREAD,

	/**
	 * A worker is a child JVM that runs one task at a time. Whatever a task does to its
	 * JVM, the pool goes on.
	 */
	PROCESS

}
