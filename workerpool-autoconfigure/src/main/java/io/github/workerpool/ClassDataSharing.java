package io.github.workerpool;

/**
 * Whether child JVMs start from an archive of loaded classes.
 *
 * @since 0.1.0
 */
public enum ClassDataSharing {

	/** The pool makes and uses an archive where it can. */
	AUTO,

	/** Only the JVM's own archive is used. */
	OFF

}
