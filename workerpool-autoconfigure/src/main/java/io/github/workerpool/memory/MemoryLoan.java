package io.github.workerpool.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The buffers that go to one task of a worker that is a thread: the very objects, as the
 * task refers to them and is not encoded. For engines: make one when the task is
 * submitted, {@link #begin} it on the worker's thread, {@link #handOver} what the task
 * emits and returns; or {@link #handBack} if the task never starts. Thread-safe.
 *
 * @since 0.1.0
 */
public final class MemoryLoan {

	private final List<TransferableBuffer.Loan> loans = new ArrayList<>();

	private MemoryLoan() {
	}

	/**
	 * Lends buffers: they are detached for every thread until {@link #begin}.
	 * @param objects the buffers; every other object is left alone
	 * @return the loan
	 * @throws IllegalStateException if a buffer is detached, or named twice; then none is
	 * lent
	 */
	public static MemoryLoan of(Iterable<?> objects) {
		MemoryLoan loan = new MemoryLoan();
		try {
			for (Object each : objects) {
				if (each instanceof TransferableBuffer buffer) {
					loan.loans.add(buffer.lend());
				}
			}
			return loan;
		}
		catch (RuntimeException | Error ex) {
			loan.handBack();
			throw ex;
		}
	}

	/**
	 * Tells whether there is nothing in the loan; then nothing else need be called.
	 * @return whether there is none
	 */
	public boolean isEmpty() {
		return this.loans.isEmpty();
	}

	/**
	 * Lets the calling thread alone use the buffers.
	 */
	public void begin() {
		this.loans.forEach(TransferableBuffer.Loan::begin);
	}

	/**
	 * Ends the loan for those buffers that a value refers to: it is on its way to
	 * somebody else. The others stay the borrower's.
	 * @param value a result or an event
	 */
	public void handOver(@Nullable Object value) {
		if (value == null || isEmpty()) {
			return;
		}
		Map<Object, TransferableBuffer.Loan> lent = new IdentityHashMap<>();
		this.loans.forEach((loan) -> lent.put(loan.buffer(), loan));
		Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Object> ahead = new ArrayDeque<>();
		ahead.add(value);
		for (Object each = ahead.poll(); each != null; each = ahead.poll()) {
			TransferableBuffer.Loan loan = lent.get(each);
			if (loan != null) {
				loan.handOver();
			}
			else if (seen.add(each)) {
				ObjectGraph.edges(each, true).forEach((edge) -> ahead.add(edge.value()));
			}
		}
	}

	/**
	 * The task is over: what it has neither given away nor closed can be closed by
	 * whoever still refers to it.
	 */
	public void end() {
		this.loans.forEach(TransferableBuffer.Loan::over);
	}

	/**
	 * Ends the loan for all buffers, as the task never started.
	 */
	public void handBack() {
		this.loans.forEach(TransferableBuffer.Loan::handBack);
	}

}
