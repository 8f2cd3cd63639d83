package io.github.workerpool.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.github.workerpool.PoolSettings;

/**
 * What to launch.
 *
 * @param settings settings of the pool
 * @param workerId id of the worker, unique in its pool
 * @param directory the child's own directory, which exists; freed by
 * {@link ChildProcess#close()}
 * @param mainClass binary name of the class with the child's {@code main} method
 * @param arguments arguments of that method; visible to nobody but the child
 * @param environment variables that the child has besides the inherited ones; they win
 */
record ChildSpec(PoolSettings settings, String workerId, Path directory, String mainClass, List<String> arguments,
		Map<String, String> environment) {

	ChildSpec {
		arguments = List.copyOf(arguments);
		environment = Map.copyOf(environment);
	}

}
