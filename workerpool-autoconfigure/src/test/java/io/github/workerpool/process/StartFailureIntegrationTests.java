package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Children that don't come up: what waits is told why, the pool fails, and recovers once
 * the cause is gone, by itself or when it is told to.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class StartFailureIntegrationTests {

	@TempDir
	private Path directory;

	/**
	 * What is in the way.
	 */
	enum Obstacle {

		BAD_JVM_FLAG("NoSuchOption"),

		MISSING_JAVA("bin/java"),

		EXIT_BEFORE_READY(Hazard.EXIT_3, "exit code 3"),

		HALT_BEFORE_READY(Hazard.HALT_7, "exit code 7"),

		KILLED_BEFORE_READY(Hazard.SIGNAL_KILL, "SIGKILL"),

		CRASHED_BEFORE_READY(Hazard.ACCESS_TO_NO_MEMORY, "SIGSEGV"),

		NO_MEMORY_BEFORE_READY(Hazard.HEAP, "'resource-limits.max-heap-size'"),

		NEVER_READY(Hazard.ENDLESS_LOOP, "'process.startup-timeout'"),

		STOPPED_BEFORE_READY(Hazard.SIGNAL_STOP, "'process.startup-timeout'"),

		INITIALIZER_THROWS(Hazard.CHECKED_EXCEPTION, "java.io.IOException: checked"),

		INITIALIZER_OVERFLOWS(Hazard.STACK_OVERFLOW, "StackOverflowError"),

		INITIALIZER_THROWS_WHAT_CANNOT_CROSS(Hazard.EXCEPTION_WHOSE_WRITING_FAILS_BADLY, "Obstinate");

		private final Hazard hazard;

		private final String words;

		Obstacle(String words) {
			this(null, words);
		}

		Obstacle(Hazard hazard, String words) {
			this.hazard = hazard;
			this.words = words;
		}

	}

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5));
	}

	@ParameterizedTest
	@EnumSource
	void poolSaysWhyFailsAndRecovers(Obstacle obstacle) throws Exception {
		HazardousTask.AtStart start = new HazardousTask.AtStart(Flag.in(this.directory), true);
		put(obstacle, start);
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(List.of(start)).create(settings(obstacle))) {
			List<TaskFuture<String>> waiting = List.of(pool.submit(() -> "done"), pool.submit(() -> "done"));
			AtomicInteger settled = new AtomicInteger();
			for (TaskFuture<String> future : waiting) {
				future.whenComplete((value, error) -> settled.incrementAndGet());
				assertThat(errorOf(future)).isInstanceOf(WorkerStartException.class)
					.hasMessageContaining(obstacle.words);
			}
			patiently().until(() -> settled.get() == 2);
			patiently().until(() -> pool.snapshot().state() == PoolState.FAILED);
			assertThat(pool.snapshot().reason()).contains(obstacle.words);
			patiently().until(() -> Leftovers.processes().isEmpty());
			remove(obstacle, start);
			if (obstacle.ordinal() % 2 == 0) {
				pool.restart();
			}
			patiently().until(() -> pool.snapshot().state() == PoolState.RUNNING);
			assertThat(pool.submit(() -> "done").get(60, TimeUnit.SECONDS)).isEqualTo("done");
		}
	}

	private Throwable errorOf(TaskFuture<?> future) throws Exception {
		try {
			throw new AssertionError("it returned " + future.get(60, TimeUnit.SECONDS));
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
	}

	private void put(Obstacle obstacle, HazardousTask.AtStart start) throws IOException {
		Files.writeString(options(), (obstacle == Obstacle.BAD_JVM_FLAG) ? "-XX:+NoSuchOption" : "");
		Path java = java();
		Files.createDirectories(java.getParent());
		Files.writeString(java,
				"#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' \"$@\"\n");
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
		if (obstacle == Obstacle.MISSING_JAVA) {
			Files.move(java, java.resolveSibling("away"));
		}
		if (obstacle.hazard != null) {
			start.prepare(obstacle.hazard);
		}
	}

	private void remove(Obstacle obstacle, HazardousTask.AtStart start) throws IOException {
		Files.writeString(options(), "");
		if (obstacle == Obstacle.MISSING_JAVA) {
			Files.move(java().resolveSibling("away"), java());
		}
		start.flag().lower();
	}

	private Path options() {
		return this.directory.resolve("options");
	}

	private Path java() {
		return this.directory.resolve("jdk/bin/java");
	}

	private PoolSettings settings(Obstacle obstacle) {
		// Short only for those that nothing else ends
		boolean endless = obstacle == Obstacle.NEVER_READY || obstacle == Obstacle.STOPPED_BEFORE_READY;
		return PoolSettings.builder("obstacle")
			.isolation(Isolation.PROCESS)
			.size(1)
			.resourceLimits((limits) -> limits.maxHeapSize(64L << 20))
			.restart((restart) -> restart.maxRestarts(1)
				.coolDown(Duration.ofSeconds(1))
				.backoff((backoff) -> backoff.initial(Duration.ofMillis(1))))
			.process((process) -> process.classDataSharing(ClassDataSharing.OFF)
				.javaHome(this.directory.resolve("jdk"))
				.startupTimeout(Duration.ofSeconds(endless ? 4 : 30))
				.jvmArgs(List.of("-XX:VMOptionsFile=" + options())))
			.build();
	}

}
