package io.github.workerpool.process;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends processes together with what they started. There is no way to end a tree of
 * processes at one stroke, so it is done in rounds, until one finds nothing left: what is
 * started during a round is found by the next.
 * <p>
 * Two ways lead to a process: by descent, and by a variable in its environment. The
 * second is needed for orphans, which hang under process 1, where descent no longer tells
 * whose they were. It exists on Linux only.
 *
 * @since 0.1.0
 */
public final class ProcessTree {

	/** What starts others faster than they can be ended is not ended here. */
	private static final int ROUNDS = 50;

	/**
	 * Less thorough where the mark finds the rest: as long as this lasts, the process
	 * itself may go on.
	 */
	private static final int DESCENDANT_ROUNDS = ProcFile.AVAILABLE ? 3 : 10;

	private static final long PAUSE_NANOS = 1_000_000;

	private ProcessTree() {
	}

	/**
	 * Ends by force what a process started, the youngest generation first, but not the
	 * process itself.
	 * @param pid id of the process
	 * @return how many processes were told to end
	 */
	public static int killDescendants(long pid) {
		int killed = 0;
		for (int round = 0; round < DESCENDANT_ROUNDS; round++) {
			List<ProcessIdentity> descendants = descendants(pid);
			if (descendants.isEmpty()) {
				break;
			}
			killed += kill(descendants);
			LockSupport.parkNanos(PAUSE_NANOS);
		}
		return killed;
	}

	/**
	 * Ends by force all processes that were started with a variable in their environment,
	 * save this one. Does nothing where the system doesn't show other processes'
	 * environment.
	 * @param name name of the variable
	 * @param value its value
	 * @return how many processes were told to end
	 */
	public static int killMarked(String name, String value) {
		if (!ProcFile.AVAILABLE) {
			return 0;
		}
		int killed = 0;
		for (int round = 0; round < ROUNDS; round++) {
			List<ProcessIdentity> marked = marked(name, value);
			if (marked.isEmpty()) {
				break;
			}
			killed += kill(marked);
			LockSupport.parkNanos(PAUSE_NANOS);
		}
		return killed;
	}

	static List<ProcessIdentity> marked(String name, String value) {
		String assignment = name + "=" + value;
		long self = ProcessHandle.current().pid();
		List<ProcessIdentity> marked = new ArrayList<>();
		for (long pid : ProcFile.pids()) {
			if (pid != self && ProcFile.hasVariable(pid, assignment)) {
				ProcessIdentity identity = ProcessIdentity.of(pid);
				if (identity != null) {
					marked.add(identity);
				}
			}
		}
		return marked;
	}

	/**
	 * What a process started, the youngest generation first.
	 */
	static List<ProcessIdentity> descendants(long pid) {
		List<ProcessIdentity> descendants = ProcFile.AVAILABLE ? descendantsByTable(pid) : descendantsByHandle(pid);
		Collections.reverse(descendants);
		return descendants;
	}

	private static List<ProcessIdentity> descendantsByTable(long pid) {
		Map<Long, List<ProcFile.Stat>> children = new HashMap<>();
		for (ProcFile.Stat stat : ProcFile.all()) {
			if (!stat.isGone()) {
				children.computeIfAbsent(stat.parent(), (parent) -> new ArrayList<>()).add(stat);
			}
		}
		List<ProcessIdentity> descendants = new ArrayList<>();
		Deque<Long> generations = new ArrayDeque<>(List.of(pid));
		for (Long parent = generations.poll(); parent != null; parent = generations.poll()) {
			for (ProcFile.Stat child : children.getOrDefault(parent, List.of())) {
				descendants.add(new ProcessIdentity(child.pid(), child.start()));
				generations.add(child.pid());
			}
		}
		return descendants;
	}

	private static List<ProcessIdentity> descendantsByHandle(long pid) {
		List<ProcessIdentity> descendants = new ArrayList<>();
		Deque<ProcessHandle> generations = new ArrayDeque<>();
		ProcessHandle.of(pid).ifPresent(generations::add);
		for (ProcessHandle parent = generations.poll(); parent != null; parent = generations.poll()) {
			parent.children().forEach((child) -> {
				ProcessIdentity identity = ProcessIdentity.of(child.pid());
				if (identity != null) {
					descendants.add(identity);
				}
				generations.add(child);
			});
		}
		return descendants;
	}

	private static int kill(List<ProcessIdentity> processes) {
		int killed = 0;
		for (ProcessIdentity process : processes) {
			// looked up again: a number may have got another owner since
			if (process.isAlive()
					&& ProcessHandle.of(process.pid()).map(ProcessHandle::destroyForcibly).orElse(false)) {
				killed++;
			}
		}
		return killed;
	}

}
