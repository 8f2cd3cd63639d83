package io.github.workerpool.process;

import java.time.Instant;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A process that can't be mistaken for a later one with the same id: its id and when it
 * started. On Linux the start is counted from the start of the machine, as the JDK's own
 * figure moves with the wall clock and would differ between parent and child after the
 * clock was set.
 *
 * @param pid process id
 * @param start when it started; means nothing by itself
 * @since 0.1.0
 */
public record ProcessIdentity(long pid, String start) {

	/**
	 * Identity of this JVM.
	 * @return the identity
	 */
	public static ProcessIdentity current() {
		long pid = ProcessHandle.current().pid();
		ProcessIdentity identity = of(pid);
		return (identity != null) ? identity : new ProcessIdentity(pid, "0");
	}

	/**
	 * Identity of a process.
	 * @param pid its id
	 * @return the identity, {@code null} if there is no such process or it has ended
	 */
	public static @Nullable ProcessIdentity of(long pid) {
		if (ProcFile.AVAILABLE) {
			ProcFile.Stat stat = ProcFile.stat(pid);
			return (stat != null && !stat.isGone()) ? new ProcessIdentity(pid, stat.start()) : null;
		}
		Optional<ProcessHandle> handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
		if (handle.isEmpty()) {
			return null;
		}
		return new ProcessIdentity(pid,
				handle.get().info().startInstant().map(Instant::toEpochMilli).map(String::valueOf).orElse("0"));
	}

	/**
	 * Reads what {@link #toString()} wrote.
	 * @param text the text
	 * @return the identity
	 * @throws IllegalArgumentException if it is something else
	 */
	public static ProcessIdentity parse(String text) {
		int colon = text.indexOf(':');
		if (colon <= 0) {
			throw new IllegalArgumentException("'%s' is no process: expected <pid>:<start>".formatted(text));
		}
		return new ProcessIdentity(Long.parseLong(text.substring(0, colon)), text.substring(colon + 1));
	}

	/**
	 * Tells whether the process still runs. A process that has ended but was not waited
	 * for by its parent doesn't.
	 * @return whether it does
	 */
	public boolean isAlive() {
		return equals(of(this.pid));
	}

	/**
	 * Written out: a record's own are made at first use, which delays a child's start.
	 */
	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ProcessIdentity identity && identity.pid == this.pid
				&& identity.start.equals(this.start);
	}

	@Override
	public int hashCode() {
		return 31 * Long.hashCode(this.pid) + this.start.hashCode();
	}

	@Override
	public String toString() {
		return this.pid + ":" + this.start;
	}

}
