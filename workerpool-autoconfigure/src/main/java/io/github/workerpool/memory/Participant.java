package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process that takes part in shared memory. Its start time tells it from a later one
 * with the same id.
 *
 * @param pid its id
 * @param start when it started, in a unit of the system's, or 0 if that is not known
 */
record Participant(long pid, long start) {

	private static final int START_FIELD = 22;

	static Participant self() {
		long pid = ProcessHandle.current().pid();
		return new Participant(pid, startOf(pid));
	}

	/**
	 * Tells whether the process is still there. One that has ended is not, even if its
	 * parent has not noticed yet.
	 */
	boolean isAlive() {
		if (this.start == 0) {
			return ProcessHandle.of(this.pid).map(ProcessHandle::isAlive).orElse(false);
		}
		return startOf(this.pid) == this.start;
	}

	/**
	 * Reads the start time from the system.
	 * @return the time, 0 if the process has ended or the system is no Linux
	 */
	private static long startOf(long pid) {
		try {
			String stat = new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")),
					StandardCharsets.ISO_8859_1);
			// the second field is a file name in parentheses and may hold blanks
			String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
			boolean ended = fields[0].equals("Z") || fields[0].equals("X");
			return ended ? 0 : Long.parseLong(fields[START_FIELD - 3]);
		}
		catch (IOException | RuntimeException ex) {
			return 0;
		}
	}

}
