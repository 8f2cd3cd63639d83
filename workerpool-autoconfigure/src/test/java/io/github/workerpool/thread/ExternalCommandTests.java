package io.github.workerpool.thread;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A task that runs an external command as the guides say it should: the command ends with
 * the task, whichever way that ends.
 */
@ExtendWith(NoLeaks.class)
@EnabledOnOs({ OS.LINUX, OS.MAC })
class ExternalCommandTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	/** Starts a command of its own, and would go on for long. */
	private static final List<String> LONG_COMMAND = List.of("sh", "-c", "sleep 600 & wait");

	private final BlockingQueue<Process> started = new LinkedBlockingQueue<>();

	@Test
	void exitCodeOfTheCommandIsTheResult() {
		try (WorkerPool pool = pool()) {
			assertThat(pool.submit(task(List.of("sh", "-c", "exit 3"))).join()).isEqualTo(3);
		}
	}

	@Test
	void cancellingTheTaskDestroysTheCommandAndWhatItHasStarted() throws Exception {
		try (WorkerPool pool = pool()) {
			TaskFuture<Integer> exit = pool.submit(task(LONG_COMMAND));
			List<ProcessHandle> processes = awaitProcesses();
			assertThat(exit.cancel(true)).isTrue();
			assertThat(exit).isCancelled();
			awaitEnd(processes);
			// The worker was interrupted, not given up
			assertThat(pool.submit(task(List.of("true"))).join()).isZero();
			assertThat(pool.snapshot().workers().abandoned()).isZero();
		}
	}

	@Test
	void commandOfATaskThatIsLateIsDestroyed() throws Exception {
		try (WorkerPool pool = pool()) {
			TaskFuture<Integer> exit = pool.submit(task(LONG_COMMAND),
					TaskOptions.none().withTimeout(Duration.ofSeconds(1)));
			assertThatExceptionOfType(CompletionException.class).isThrownBy(exit::join)
				.havingCause()
				.isInstanceOfSatisfying(TaskTimeoutException.class,
						(error) -> assertThat(error.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
			awaitEnd(List.of(awaitProcess().toHandle()));
		}
	}

	@Test
	void commandEndsWithThePool() throws Exception {
		List<ProcessHandle> processes;
		try (WorkerPool pool = pool()) {
			pool.submit(task(LONG_COMMAND));
			processes = awaitProcesses();
		}
		awaitEnd(processes);
	}

	private static WorkerPool pool() {
		return new WorkerPoolFactory().create(PoolSettings.builder("commands")
			.size(1)
			.task((task) -> task.grace(PATIENCE))
			.shutdownTimeout(Duration.ZERO)
			.build());
	}

	private Task<Integer> task(List<String> command) {
		return () -> {
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(Redirect.DISCARD)
				.start();
			try {
				this.started.add(process);
				return process.waitFor();
			}
			finally {
				process.descendants().forEach(ProcessHandle::destroyForcibly);
				process.destroyForcibly();
			}
		};
	}

	private Process awaitProcess() throws InterruptedException {
		Process process = this.started.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		assertThat(process).isNotNull();
		return process;
	}

	/** The command, and the one that it has started. */
	private List<ProcessHandle> awaitProcesses() throws InterruptedException {
		Process process = awaitProcess();
		ProcessHandle child = await().atMost(PATIENCE)
			.until(() -> process.children().findFirst(), (found) -> found.isPresent())
			.get();
		return List.of(process.toHandle(), child);
	}

	private static void awaitEnd(List<ProcessHandle> processes) {
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(processes).noneMatch(ExternalCommandTests::isRunning));
	}

	/**
	 * One that was orphaned may stay in the table of processes until somebody asks for
	 * its end.
	 */
	private static boolean isRunning(ProcessHandle process) {
		try {
			String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
			return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
		}
		catch (IOException ex) {
			return process.isAlive();
		}
	}

}
