package io.github.workerpool;

/**
 * Whether a worker that ended unasked is replaced.
 *
 * @since 0.1.0
 */
public enum RestartPolicy {

	/** Always. */
	ALWAYS,

	/** Unless it exited with code 0. */
	ON_FAILURE,

	/** Never: each death makes the pool smaller. */
	NEVER

}
