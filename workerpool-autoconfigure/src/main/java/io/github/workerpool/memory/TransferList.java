package io.github.workerpool.memory;

import java.util.IdentityHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What changes its owner in one message: all of it or none.
 */
final class TransferList {

	private final Map<Object, Transferable.Transfer> transfers = new IdentityHashMap<>(2);

	private final Map<TransferableBuffer, TransferableBuffer> copies = new IdentityHashMap<>(2);

	private final boolean all;

	TransferList(Object... objects) {
		this.all = false;
		try {
			for (Object each : objects) {
				prepare(each);
			}
		}
		catch (RuntimeException | Error ex) {
			rollback();
			throw ex;
		}
	}

	private TransferList(boolean all) {
		this.all = all;
	}

	/** Names every buffer that is met. */
	static TransferList ofAll() {
		return new TransferList(true);
	}

	private void prepare(@Nullable Object object) {
		if (!(object instanceof Transferable transferable)) {
			throw new IllegalArgumentException(
					"'transfer' must name only what can change its owner, such as a " + "buffer or a port, but has "
							+ ((object != null) ? "a '" + object.getClass().getName() + "'" : null)
							+ "; everything else is copied without being named");
		}
		if (this.transfers.containsKey(object)) {
			throw new IllegalArgumentException("'transfer' names '" + object + "' twice");
		}
		this.transfers.put(object, transferable.prepareTransfer());
	}

	/**
	 * Gives what stands for a transferred object.
	 * @param original any object
	 * @return its successor, or {@code null} if it is not in the list
	 */
	@Nullable Object successor(Object original) {
		Transferable.Transfer transfer = this.transfers.get(original);
		if (transfer == null && this.all && original instanceof TransferableBuffer buffer) {
			transfer = buffer.prepareTransfer();
			this.transfers.put(buffer, transfer);
		}
		return (transfer != null) ? transfer.successor() : null;
	}

	/**
	 * Copies a buffer that is not in the list, once however often it is met.
	 * @param buffer the buffer
	 * @return its copy
	 */
	TransferableBuffer copy(TransferableBuffer buffer) {
		TransferableBuffer known = this.copies.get(buffer);
		if (known == null) {
			known = buffer.copy();
			this.copies.put(buffer, known);
		}
		return known;
	}

	void commit() {
		this.transfers.values().forEach(Transferable.Transfer::commit);
	}

	void rollback() {
		this.transfers.values().forEach(Transferable.Transfer::rollback);
		this.copies.values().forEach(TransferableBuffer::close);
	}

}
