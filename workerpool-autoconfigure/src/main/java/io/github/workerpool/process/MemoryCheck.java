package io.github.workerpool.process;

/**
 * What happens if this JVM and its children may use more memory than there is.
 *
 * @since 0.1.0
 */
public enum MemoryCheck {

	/** A warning is logged. */
	WARN,

	/** The pools are not built. */
	FAIL,

	/** Nothing, and the sum isn't logged either. */
	OFF

}
