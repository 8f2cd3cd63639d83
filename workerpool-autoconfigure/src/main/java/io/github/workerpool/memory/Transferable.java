package io.github.workerpool.memory;

/**
 * Something that changes its owner instead of being copied: a {@link TransferableBuffer},
 * a port. For engines to call and for other transferable things to implement; users name
 * such an object in a transfer list.
 *
 * @since 0.1.0
 */
public interface Transferable {

	/**
	 * Reserves this object for a transfer. Until {@link Transfer#commit} or
	 * {@link Transfer#rollback} it can be neither used nor transferred again.
	 * @return the transfer, neither committed nor rolled back
	 * @throws IllegalStateException if it is detached, closed or being transferred
	 * already
	 */
	Transfer prepareTransfer();

	/**
	 * A change of owner that has begun. Not thread-safe; exactly one of {@link #commit}
	 * and {@link #rollback} is to be called, neither of which fails.
	 */
	interface Transfer {

		/**
		 * The object that stands for the moved one with its new owner. Usable after
		 * {@link #commit}.
		 * @return the new owner's object
		 */
		Object successor();

		/**
		 * Moves: the original is detached for good, the successor is usable.
		 */
		void commit();

		/**
		 * Moves nothing: the original is as it was.
		 */
		void rollback();

	}

}
