package io.github.workerpool.process;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Turns what a child prints into lines of the log, on one thread per stream. Whatever
 * comes is read, so that the child never waits for the log; what becomes of it is
 * bounded: lines by their length, the log by a rate, and what was left out is told.
 * <p>
 * A stream ends when nobody can write to it any more, which need not be when the child
 * ends: something the child started may have inherited it and live on. So nothing waits
 * for the end of a stream, and a thread that still reads when nobody cares is woken (on
 * Linux) by writing to its own pipe.
 * <p>
 * The logger is asked for only when there is something to say, as a logger once made
 * stays for ever and most children say nothing.
 */
final class ChildOutput {

	/** Name of the task's id in the log's context. */
	static final String TASK_ID = "taskId";

	static final int TAIL_LINES = 50;

	private static final int TAIL_LINE_LENGTH = 1000;

	private static final int BUFFER = 16 << 10;

	private static final long STACK_SIZE = 256 << 10;

	private final String pool;

	private final String worker;

	private volatile String loggerName;

	private final OutputRate rate = new OutputRate(System::nanoTime);

	private final Deque<String> tail = new ArrayDeque<>();

	private final AtomicInteger open = new AtomicInteger(2);

	private final CompletableFuture<Void> ended = new CompletableFuture<>();

	private volatile Set<String> pipes = Set.of();

	private volatile @Nullable String taskId;

	private volatile boolean abandoned;

	ChildOutput(String pool, String worker) {
		this.pool = pool;
		this.worker = worker;
		this.loggerName = nameFor(worker);
	}

	private String nameFor(String worker) {
		return "workerpool." + this.pool + "." + worker;
	}

	/** What comes from now on is that worker's. */
	void adoptedBy(String worker) {
		this.loggerName = nameFor(worker);
	}

	/**
	 * Starts to read.
	 * @param pid id of the process
	 * @param out its standard output
	 * @param err its standard error
	 */
	void start(long pid, InputStream out, InputStream err) {
		this.pipes = pipesOf(pid);
		start("out", out, Logger::info, false);
		start("err", err, Logger::warn, true);
	}

	private void start(String name, InputStream in, BiConsumer<Logger, String> log, boolean remembered) {
		Thread thread = new Thread(null, () -> {
			try (in) {
				read(in, log, remembered);
			}
			catch (IOException ex) {
				// as good as its end
			}
			finally {
				if (this.open.decrementAndGet() == 0) {
					this.ended.complete(null);
				}
			}
		}, "workerpool-" + this.worker + "-" + name, STACK_SIZE, false);
		thread.setDaemon(true);
		thread.start();
	}

	private void read(InputStream in, BiConsumer<Logger, String> log, boolean remembered) throws IOException {
		LineSplitter lines = new LineSplitter((line, size, cut) -> {
			if (remembered) {
				remember(line);
			}
			if (this.rate.allow(size, cut)) {
				log(log, this.rate.dropped());
				log(log, line);
			}
		});
		byte[] buffer = new byte[BUFFER];
		try {
			for (int count = in.read(buffer); count >= 0 && !this.abandoned; count = in.read(buffer)) {
				lines.accept(buffer, count);
			}
		}
		finally {
			lines.end();
			log(log, this.rate.dropped());
		}
	}

	private void log(BiConsumer<Logger, String> log, @Nullable String line) {
		if (line == null) {
			return;
		}
		String task = this.taskId;
		if (task != null) {
			MDC.put(TASK_ID, task);
		}
		try {
			log.accept(LoggerFactory.getLogger(this.loggerName), line);
		}
		catch (RuntimeException ex) {
			// a broken appender is no reason to let the child wait
		}
		finally {
			MDC.remove(TASK_ID);
		}
	}

	private void remember(String line) {
		synchronized (this.tail) {
			if (this.tail.size() == TAIL_LINES) {
				this.tail.removeFirst();
			}
			this.tail.addLast((line.length() > TAIL_LINE_LENGTH) ? line.substring(0, TAIL_LINE_LENGTH) + "…" : line);
		}
	}

	List<String> tail() {
		synchronized (this.tail) {
			return List.copyOf(this.tail);
		}
	}

	void currentTask(@Nullable String taskId) {
		this.taskId = taskId;
	}

	/**
	 * Completes when both streams have ended.
	 */
	CompletableFuture<Void> ended() {
		return this.ended;
	}

	/**
	 * Stops reading, even though something may still hold the streams open.
	 */
	void abandon() {
		this.abandoned = true;
		if (this.ended.isDone() || this.pipes.isEmpty()) {
			return;
		}
		for (Path descriptor : descriptorsOf("self", this.pipes)) {
			// opened anew for writing, the end to read from becomes one to write to
			try (FileOutputStream pipe = new FileOutputStream(descriptor.toFile())) {
				pipe.write('\n');
			}
			catch (IOException ex) {
				// it has ended after all
			}
		}
	}

	private static Set<String> pipesOf(long pid) {
		if (!ProcFile.AVAILABLE) {
			return Set.of();
		}
		Set<String> pipes = new HashSet<>();
		for (String descriptor : List.of("1", "2")) {
			String target = target(Path.of("/proc", Long.toString(pid), "fd", descriptor));
			if (target != null && target.startsWith("pipe:")) {
				pipes.add(target);
			}
		}
		return Set.copyOf(pipes);
	}

	private static List<Path> descriptorsOf(String process, Set<String> targets) {
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc", process, "fd"), (path) -> {
			String target = target(path);
			return target != null && targets.contains(target);
		})) {
			List<Path> found = new ArrayList<>();
			descriptors.forEach(found::add);
			return found;
		}
		catch (IOException | DirectoryIteratorException ex) {
			return List.of();
		}
	}

	private static @Nullable String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			return null;
		}
	}

}
