package io.github.workerpool.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

import org.jspecify.annotations.Nullable;

/**
 * What the kernel tells of processes it killed for want of memory. A victim only sees
 * signal 9, like any other, so counters are read before and after: those of the control
 * group where there are any, else those of the machine, with the kernel's log to name the
 * victim where this user may read it.
 */
final class KernelKills {

	private static final long LOG_MILLIS = 1000;

	private final ControlGroup group;

	private final Path machine;

	private final LongFunction<@Nullable Boolean> log;

	KernelKills() {
		this(ControlGroup.own(), Path.of("/"), KernelKills::isNamedInLog);
	}

	/**
	 * For tests.
	 * @param group the control group
	 * @param root where {@code proc} is
	 * @param log tells whether the kernel's log names a process as a victim, {@code null}
	 * if it can't be read
	 */
	KernelKills(ControlGroup group, Path root, LongFunction<@Nullable Boolean> log) {
		this.group = group;
		this.machine = root.resolve("proc/vmstat");
		this.log = log;
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
		Boolean named = this.log.apply(pid);
		if (named == null) {
			return "probably killed by the kernel's OOM killer, which struck on this machine meanwhile";
		}
		return named ? "killed by the kernel's OOM killer" : null;
	}

	private long machine() {
		return ControlGroup.lines(this.machine)
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
	static @Nullable Boolean isNamedInLog(long pid) {
		if (!Files.isReadable(Path.of("/dev/kmsg"))) {
			return null;
		}
		try {
			Process process = new ProcessBuilder("dmesg").redirectErrorStream(true)
				.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
				.start();
			process.onExit().orTimeout(LOG_MILLIS, TimeUnit.MILLISECONDS).whenComplete((done, late) -> {
				if (late != null) {
					process.destroyForcibly();
				}
			});
			String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
			if (!process.waitFor(LOG_MILLIS, TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
				return null;
			}
			return log.contains("Killed process " + pid + " ");
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
