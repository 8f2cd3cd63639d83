package io.github.workerpool.process;

/**
 * Reads a payload that is there as a whole.
 *
 * @since 0.1.0
 */
public final class ArrayInput extends PayloadInput {

	/**
	 * Makes an input.
	 * @param bytes the payload; must not be used for anything else
	 */
	public ArrayInput(byte[] bytes) {
		super(bytes, bytes.length);
	}

	@Override
	int more(byte[] target, int offset, int length) {
		return -1;
	}

}
