package io.github.workerpool.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * What the kernel tells of processes it killed for want of memory. A victim only sees
 * signal 9, like any other, so counters are read before and after: those of the control
 * group where there are any, else those of the machine, with the kernel's log to name the
 * victim where this user may read it.
 */
final class KernelKills {

	private static final Path MACHINE = Path.of("/proc/vmstat");

	private static final long LOG_MILLIS = 1000;

	private final ControlGroup group;

	KernelKills(ControlGroup group) {
		this.group = group;
	}

	/**
	 * Reads the counters.
	 * @return how they stand
	 */
	Counters count() {
		return new Counters(this.group.killsForMemory(), machine());
	}

	/**
	 * Looks for evidence that the kernel killed a process.
	 * @param pid the process, which ended by signal 9
	 * @param before how the counters stood when it lived
	 * @return the evidence in words, {@code null} if there is none
	 */
	@Nullable String evidence(long pid, Counters before) {
		Counters now = count();
		if (now.group > before.group) {
			return "killed by the kernel's OOM killer";
		}
		if (now.machine <= before.machine) {
			return null;
		}
		String log = log();
		if (log == null) {
			return "probably killed by the kernel's OOM killer, which struck on this machine meanwhile";
		}
		return log.contains("Killed process " + pid + " ") ? "killed by the kernel's OOM killer" : null;
	}

	private static long machine() {
		return ControlGroup.lines(MACHINE)
			.stream()
			.filter((line) -> line.startsWith("oom_kill "))
			.mapToLong((line) -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
			.findFirst()
			.orElse(0);
	}

	/**
	 * Reading the log's device would block at its end, which the program of the system
	 * knows to avoid.
	 */
	private static @Nullable String log() {
		if (!Files.isReadable(Path.of("/dev/kmsg"))) {
			return null;
		}
		try {
			Process process = ProcessStart.start(new ProcessBuilder("dmesg").redirectErrorStream(true)
				.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())));
			process.onExit().orTimeout(LOG_MILLIS, TimeUnit.MILLISECONDS).whenComplete((done, late) -> {
				if (late != null) {
					process.destroyForcibly();
				}
			});
			String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
			return process.waitFor(LOG_MILLIS, TimeUnit.MILLISECONDS) && process.exitValue() == 0 ? log : null;
		}
		catch (IOException ex) {
			return null;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
	}

	/**
	 * How the counters stand.
	 *
	 * @param group kills in this control group
	 * @param machine kills on this machine
	 */
	record Counters(long group, long machine) {

	}

}
