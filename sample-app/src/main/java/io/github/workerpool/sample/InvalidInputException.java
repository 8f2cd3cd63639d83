package io.github.workerpool.sample;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * What was sent can't be worked on. Thrown by controllers and by tasks alike: a task's
 * own exception reaches its caller as itself. Becomes a 400, whose detail is the message.
 */
public class InvalidInputException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Makes an error.
	 * @param message what was found, and what was expected
	 */
	public InvalidInputException(String message) {
		super(message);
	}

	/**
	 * Makes an error with a cause.
	 * @param message what was found, and what was expected
	 * @param cause what the reader of the input said
	 */
	public InvalidInputException(String message, Throwable cause) {
		super(message, cause);
	}

	/**
	 * Refuses a missing or empty body.
	 * @param body the body
	 * @param expected what it should be, such as {@code an image}
	 * @return the body
	 */
	public static byte[] requireBody(byte @Nullable [] body, String expected) {
		if (body == null || body.length == 0) {
			throw new InvalidInputException("The request has no body; send " + expected);
		}
		return body;
	}

	/**
	 * Refuses a number out of range.
	 * @param name name of the parameter
	 * @param value the value
	 * @param least least value allowed
	 * @param most largest value allowed
	 */
	public static void requireRange(String name, long value, long least, long most) {
		if (value < least || value > most) {
			throw new InvalidInputException(
					"'" + name + "' must be from " + least + " to " + most + ", but is " + value);
		}
	}

}
