package io.github.workerpool.process;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What tasks refer to by number instead of sending it again: methods and the classes of
 * lambdas. Numbers are the pool's, as a task is encoded before it is known which child it
 * goes to; each child is told all definitions up to the highest number that a task needs,
 * once, before that task. Safe for use by any number of threads.
 */
final class Definitions {

	/** Who makes new classes of lambdas all the time must not fill the memory. */
	private static final int MOST = 1 << 14;

	private final List<Bytes> all = new ArrayList<>();

	/**
	 * Adds a definition.
	 * @return its number, {@code null} if there are too many
	 */
	synchronized @Nullable Integer add(Bytes definition) {
		if (this.all.size() >= MOST) {
			return null;
		}
		this.all.add(definition);
		return this.all.size() - 1;
	}

	synchronized Bytes get(int number) {
		return this.all.get(number);
	}

}
