package io.github.workerpool;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What became of one item: its value, or its error.
 *
 * @param <R> the type of the value
 * @since 0.1.0
 */
public sealed interface Outcome<R extends @Nullable Object> extends Serializable {

	/**
	 * Tells whether there is a value.
	 * @return whether this is a {@link Success}
	 */
	boolean isSuccess();

	/**
	 * The value.
	 * @return the value, {@code null} for a failure
	 */
	@Nullable R value();

	/**
	 * The error.
	 * @return the error, {@code null} for a success
	 */
	@Nullable Throwable error();

	/**
	 * Makes an outcome with a value.
	 * @param <R> the type of the value
	 * @param value the value
	 * @return the outcome
	 */
	static <R extends @Nullable Object> Outcome<R> success(R value) {
		return new Success<>(value);
	}

	/**
	 * Makes an outcome with an error.
	 * @param <R> the type of the value there is not
	 * @param error the error
	 * @return the outcome
	 */
	static <R extends @Nullable Object> Outcome<R> failure(Throwable error) {
		return new Failure<>(error);
	}

	/**
	 * The item has a value.
	 *
	 * @param <R> the type of the value
	 * @param value the value
	 */
	@SuppressWarnings("serial")
	record Success<R extends @Nullable Object>(R value) implements Outcome<R> {

		@Override
		public boolean isSuccess() {
			return true;
		}

		@Override
		public @Nullable Throwable error() {
			return null;
		}

	}

	/**
	 * The item failed.
	 *
	 * @param <R> the type of the value there is not
	 * @param error the item's own exception
	 */
	record Failure<R extends @Nullable Object>(Throwable error) implements Outcome<R> {

		@Override
		public boolean isSuccess() {
			return false;
		}

		@Override
		public @Nullable R value() {
			return null;
		}

	}

}
