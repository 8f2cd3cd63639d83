package io.github.workerpool.offload;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * Failures on their way through futures.
 */
final class Thrown {

	private Thrown() {
	}

	/**
	 * Takes a failure out of what futures wrap around it.
	 * @param thrown what came out of a future
	 * @return the failure itself
	 */
	static Throwable causeOf(Throwable thrown) {
		Throwable cause = thrown.getCause();
		return (cause != null && (thrown instanceof ExecutionException || thrown instanceof CompletionException))
				? cause : thrown;
	}

	/**
	 * Tells whether a failure is a cancellation, for which there is no fallback.
	 * @param failure the failure
	 * @return whether it is
	 */
	static boolean isCancellation(@Nullable Throwable failure) {
		return failure instanceof CancellationException;
	}

	/**
	 * Throws anything as itself where the compiler allows only some.
	 * @param failure what to throw
	 * @return never
	 */
	static RuntimeException asUnchecked(Throwable failure) {
		throw Thrown.<RuntimeException>sneaky(failure);
	}

	@SuppressWarnings("unchecked")
	private static <X extends Throwable> X sneaky(Throwable failure) throws X {
		throw (X) failure;
	}

}
