package io.github.workerpool.message;

import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

/**
 * A worker, whatever it is made of. Tells its {@link Host} what happens.
 */
interface ScriptRun {

	/** Starts it. Returns before it runs; doesn't fail, but tells the host. */
	void start();

	/** Has it end, by force after the grace. */
	void terminate();

	/** Process id, if it is a process that has been started. */
	default OptionalLong pid() {
		return OptionalLong.empty();
	}

	/**
	 * Who wants to know.
	 */
	interface Host {

		/** The script is about to run. */
		void online();

		/**
		 * It is over, and all it has posted has arrived. Called once.
		 * @param code exit code
		 * @param error why, if it failed
		 */
		void ended(int code, @Nullable Throwable error);

	}

}
