package io.github.workerpool.process.child;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/**
 * A child that does what a test asks for.
 */
public final class ProbeChild {

	private ProbeChild() {
	}

	/**
	 * Does what the first argument says.
	 * @param args what to do, and its arguments
	 * @throws Exception if it can't
	 */
	public static void main(String[] args) throws Exception {
		ParentWatch watch = ParentWatch.start();
		TerminalSignals.ignore();
		Path directory = Path.of(System.getenv("WORKERPOOL_DIRECTORY"));
		switch (args[0]) {
			case "report" -> write(directory, "report", report(args));
			case "wait" -> {
				write(directory, "started", new Properties());
				parkForever();
			}
			case "exit" -> System.exit(Integer.parseInt(args[1]));
			case "halt" -> Runtime.getRuntime().halt(Integer.parseInt(args[1]));
			case "spin" -> {
				spawn(directory);
				spin();
			}
			case "spawn" -> {
				spawn(directory);
				parkForever();
			}
			case "spawn-and-exit" -> {
				spawn(directory);
				System.exit(0);
			}
			case "lend-output" -> {
				lendOutput(directory);
				System.exit(0);
			}
			case "end-channel" -> {
				spawn(directory);
				// Then the directory is gone, and what it tells with it
				awaitGo(directory);
				watch.channelEnded();
				parkForever();
			}
			case "heap" -> exhaustHeap();
			case "print" -> print(args[1]);
			case "print-when-told" -> {
				awaitGo(directory);
				print(args[1]);
			}
			default -> throw new IllegalArgumentException(args[0]);
		}
	}

	private static Properties report(String[] args) {
		Properties report = new Properties();
		report.setProperty("arguments", Arrays.asList(args).subList(1, args.length).toString());
		report.setProperty("heap", Long.toString(Runtime.getRuntime().maxMemory()));
		report.setProperty("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
		report.setProperty("loader", ProbeChild.class.getClassLoader().getClass().getName());
		report.setProperty("options",
				java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().toString());
		System.getenv().forEach((name, value) -> report.setProperty("env." + name, value));
		System.getProperties().forEach((name, value) -> report.setProperty("property." + name, value.toString()));
		return report;
	}

	private static void write(Path directory, String name, Properties properties) throws IOException {
		Path unfinished = directory.resolve(name + ".tmp");
		try (Writer writer = Files.newBufferedWriter(unfinished)) {
			properties.store(writer, null);
		}
		Files.move(unfinished, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
	}

	private static void awaitGo(Path directory) {
		while (!Files.exists(directory.resolve("go"))) {
			LockSupport.parkNanos(1_000_000);
		}
	}

	private static void parkForever() {
		while (true) {
			LockSupport.park();
		}
	}

	private static void spin() {
		int sum = 0;
		while (true) {
			for (int i = 0; i < Integer.MAX_VALUE; i++) {
				sum += i * sum;
			}
			if (sum == 42) {
				LockSupport.parkNanos(1);
			}
		}
	}

	/**
	 * Starts a child, a grandchild, and an orphan.
	 */
	private static void spawn(Path directory) throws Exception {
		Process shell = new ProcessBuilder("sh", "-c",
				"sleep 1000 & echo $!; (sleep 1000 >/dev/null & echo $!); echo $$; wait")
			.start();
		Properties pids = new Properties();
		List<String> read = new ArrayList<>();
		try (var reader = shell.inputReader()) {
			for (int i = 0; i < 3; i++) {
				read.add(reader.readLine());
			}
			pids.setProperty("pids", String.join(",", read));
			write(directory, "pids", pids);
		}
	}

	/**
	 * Starts something that holds standard output open, hangs under process 1, and has no
	 * trace of where it comes from.
	 */
	private static void lendOutput(Path directory) throws Exception {
		Path pid = directory.resolve("orphan");
		// It tells of itself, which it can't before it has lost the trace
		String script = "env -i sh -c 'echo $$ > \"$0\"; exec sleep 1000' \"$0\" &";
		new ProcessBuilder("sh", "-c", script, pid.toString()).inheritIO().start().waitFor();
		while (!Files.exists(pid) || Files.size(pid) == 0) {
			LockSupport.parkNanos(1_000_000);
		}
		Properties pids = new Properties();
		pids.setProperty("pids", Files.readString(pid).strip());
		write(directory, "pids", pids);
	}

	private static void exhaustHeap() {
		List<byte[]> garbage = new ArrayList<>();
		while (true) {
			garbage.add(new byte[1 << 20]);
		}
	}

	private static void print(String what) throws IOException {
		PrintStream out = System.out;
		PrintStream err = System.err;
		switch (what) {
			case "lines" -> {
				out.println("to the log");
				err.println("to the log, as a warning");
				for (int i = 0; i < 100; i++) {
					err.println("error line " + i);
				}
			}
			case "flood" -> {
				byte[] line = ("x".repeat(99) + "\n").getBytes();
				byte[] block = new byte[line.length * 1000];
				for (int i = 0; i < block.length; i++) {
					block[i] = line[i % line.length];
				}
				for (int i = 0; i < 500; i++) {
					out.write(block);
					err.write(block);
				}
			}
			case "binary" -> {
				byte[] block = new byte[1 << 20];
				new java.util.Random(1).nextBytes(block);
				for (int i = 0; i < 20; i++) {
					out.write(block);
				}
			}
			case "endless" -> {
				byte[] block = "y".repeat(1 << 20).getBytes();
				for (int i = 0; i < 20; i++) {
					((OutputStream) out).write(block);
				}
			}
			case "closed" -> {
				out.close();
				err.close();
				out.println("nobody reads this");
			}
			default -> throw new IllegalArgumentException(what);
		}
		out.flush();
	}

	/**
	 * Loads what a probe needs.
	 */
	public static final class Rehearsal implements Runnable {

		@Override
		public void run() {
			report(new String[] { "report" });
		}

	}

}
