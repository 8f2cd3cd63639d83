package io.github.workerpool.message;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What goes over a link at once.
 *
 * @param op what it says
 * @param id the end of a channel that it is about
 * @param amount a number
 * @param name a text
 * @param message a message, if there is one
 * @param ports for each attachment of the message that is a port what there is to know of
 * it, {@code null} for others
 */
record Frame(Op op, long id, long amount, String name, @Nullable Message message, List<@Nullable PortForm> ports) {

	static Frame of(Op op, long id) {
		return new Frame(op, id, 0, "", null, List.of());
	}

	static Frame named(Op op, String name) {
		return new Frame(op, 0, 0, name, null, List.of());
	}

	static Frame number(Op op, long amount) {
		return new Frame(op, 0, amount, "", null, List.of());
	}

	Message content() {
		return Objects.requireNonNull(this.message);
	}

	/**
	 * What a frame says.
	 */
	enum Op {

		/** To the child: the script, and what it is started with. */
		SCRIPT,

		/** Something was posted to an end. */
		MESSAGE,

		/** The other side of an end has closed. */
		CLOSE,

		/** Bytes that an end has posted were taken by the other. */
		TAKEN,

		/** To the child: say when all that came before is on its way back. */
		SETTLE,

		/** To the parent: it is. */
		SETTLED,

		/** Something was posted to all of a name. */
		BROADCAST,

		/** To the parent: broadcasts of a name are wanted. */
		SUBSCRIBE,

		/** To the parent: broadcasts of a name are not wanted any more. */
		UNSUBSCRIBE,

		/** The memory that came with a frame has been taken over. */
		RECEIVED,

		/** To the parent: the script is about to run. */
		ONLINE,

		/** To the parent: the script has failed; the error follows. */
		ERROR,

		/** To the parent: the worker ends with a code. */
		EXIT,

		/** To the parent: this JVM was told to end by {@code System.exit}. */
		LEAVING;

		private static final Op[] ALL = values();

		static @Nullable Op of(long ordinal) {
			return (ordinal >= 0 && ordinal < ALL.length) ? ALL[(int) ordinal] : null;
		}

	}

	/**
	 * A port that moves.
	 *
	 * @param id its id
	 * @param peerId that of the other end
	 * @param bound most bytes on their way to an end
	 * @param backlog bytes posted and not yet taken
	 */
	record PortForm(long id, long peerId, long bound, long backlog) {

	}

}
