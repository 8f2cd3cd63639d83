package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;

import io.github.workerpool.WorkerPoolException;
import io.github.workerpool.memory.MemoryLeftovers;
import io.github.workerpool.memory.OpenFiles;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.message.Worker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Buffers fly between a JVM and its workers, and one of the two is killed, at random
 * moments. Each buffer has one owner then or is freed, and nothing is left.
 * <p>
 * The seed is printed; {@code -Dtransfer.seed=…} repeats a run as far as that is
 * possible, {@code -Dtransfer.rounds=1000} makes a longer one.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class TransferDeathIntegrationTests {

	private static final int ROUNDS = Integer.getInteger("transfer.rounds", 24);

	private static final long SEED = Long.getLong("transfer.seed", System.nanoTime());

	private static final int AT_ONCE = 3;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	@Test
	@Timeout(value = 10, unit = TimeUnit.HOURS)
	void workerKilledAtAnyMomentLeavesEachBufferOneOwnerOrNone() {
		System.out.printf("%d workers killed with seed %d%n", ROUNDS, SEED);
		int open = OpenFiles.open().size();
		int mapped = OpenFiles.mapped().size();
		Random random = new Random(SEED);
		List<Round> rounds = new ArrayList<>();
		for (int i = 0; i < ROUNDS; i++) {
			rounds.add(new Round(random.nextLong()));
		}
		AtomicInteger next = new AtomicInteger();
		List<CompletableFuture<Void>> players = new ArrayList<>();
		for (int i = 0; i < AT_ONCE; i++) {
			players.add(CompletableFuture.runAsync(() -> {
				for (int number = next.getAndIncrement(); number < ROUNDS; number = next.getAndIncrement()) {
					rounds.get(number).play();
				}
			}, (action) -> new Thread(action, "player").start()));
		}
		players.forEach(CompletableFuture::join);
		System.out.printf("%d flights, %d buffers kept, %d freed%n", Round.sum(rounds, (round) -> round.flights.get()),
				Round.sum(rounds, (round) -> round.kept), Round.sum(rounds, (round) -> round.freed));
		assertThat(rounds).allSatisfy((round) -> assertThat(round.errors).as("seed " + SEED).isEmpty());
		assertThat(Round.sum(rounds, (round) -> round.flights.get())).as("seed " + SEED).isPositive();
		await().atMost(PATIENCE).untilAsserted(() -> {
			// what is mapped goes with the garbage, as it must on older JDKs
			System.gc();
			assertThat(OpenFiles.open()).as("open, seed " + SEED).hasSizeLessThanOrEqualTo(open);
			assertThat(OpenFiles.mapped()).as("mapped, seed " + SEED).hasSizeLessThanOrEqualTo(mapped);
		});
	}

	@Test
	@Timeout(value = 10, unit = TimeUnit.HOURS)
	void parentKilledAtAnyMomentLeavesNothing() throws Exception {
		int rounds = Math.max(1, ROUNDS / 5);
		System.out.printf("%d parents killed with seed %d%n", rounds, SEED);
		Random random = new Random(SEED);
		Path temporary = Files.createDirectories(this.directory.resolve("t"));
		Set<Path> before = memoryFiles();
		for (int i = 0; i < rounds; i++) {
			Flag flying = new Flag(this.directory.resolve("flying" + i).toString());
			String identity;
			long pid;
			List<Long> pids;
			try (TestJvm parent = TestJvm.start(this.directory, Map.of(),
					List.of("-Djava.io.tmpdir=" + temporary, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
							ChildClassPath.join(TestApplication.classPath()), TransferParent.class.getName(),
							flying.file()))) {
				pid = parent.pid();
				identity = String.valueOf(ProcessIdentity.of(pid));
				if (i % 4 == 0) {
					await().atMost(PATIENCE)
						.failFast(() -> assertThat(parent.isAlive()).as(parent::output).isTrue())
						.until(() -> !Leftovers.processesOf(identity).isEmpty());
					LockSupport.parkNanos(random.nextLong(600_000_000));
				}
				else {
					await().atMost(PATIENCE)
						.failFast(() -> assertThat(parent.isAlive()).as(parent::output).isTrue())
						.until(flying::isRaised);
					LockSupport.parkNanos(random.nextLong(20_000_000));
				}
				assertThat(parent.isAlive()).as(parent::output).isTrue();
				pids = Leftovers.processesOf(identity);
			}
			assertThat(pids).isNotEmpty();
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(Leftovers.processesOf(identity)).as("seed " + SEED).isEmpty());
			// a child that is too busy to do so leaves that to the next parent
			new PoolDirectory(temporary).removeStale();
			assertThat(temporary).as("seed " + SEED).isEmptyDirectory();
			MemoryLeftovers.remove();
			// others may be at work on this machine
			await().atMost(PATIENCE).untilAsserted(() -> {
				Set<Path> left = memoryFiles();
				left.removeAll(before);
				assertThat(left).as("seed " + SEED).isEmpty();
			});
		}
	}

	private static Set<Path> memoryFiles() throws IOException {
		Set<Path> all = new TreeSet<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/dev/shm"), "workerpool-*")) {
			entries.forEach(all::add);
		}
		return all;
	}

	/**
	 * One worker and its buffers, until it is killed.
	 */
	private static final class Round {

		private static final int BALLS = 4;

		private final Random random;

		/** All that this JVM ever had of each buffer. */
		private final Map<Integer, Queue<TransferableBuffer>> seen = new ConcurrentHashMap<>();

		private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

		private final AtomicInteger flights = new AtomicInteger();

		/** How many have come since {@link #keep}. */
		private final AtomicInteger held = new AtomicInteger();

		private volatile boolean keep;

		private int kept;

		private int freed;

		Round(long seed) {
			this.random = new Random(seed);
		}

		static int sum(List<Round> rounds, ToIntFunction<Round> part) {
			return rounds.stream().mapToInt(part).sum();
		}

		void play() {
			try {
				List<TransferableBuffer> balls = new ArrayList<>();
				for (int id = 0; id < BALLS; id++) {
					balls.add(see(id, Juggler.ball(id, this.random.nextInt(100_000))));
				}
				List<TransferableBuffer> first = balls.subList(0, this.random.nextInt(BALLS + 1));
				Worker worker = Worker.start(Juggler.class, Juggler.options(List.copyOf(first)));
				for (TransferableBuffer ball : balls.subList(first.size(), BALLS)) {
					worker.postMessage(ball, ball);
				}
				worker.onMessage((message) -> caught(worker, (TransferableBuffer) message));
				worker.onError((error) -> check(error instanceof WorkerPoolException, error));
				kill(worker);
				worker.exitCode().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
				this.seen.values().forEach(this::checkOwner);
			}
			catch (Exception | AssertionError ex) {
				this.errors.add(ex);
			}
		}

		private TransferableBuffer see(int id, TransferableBuffer ball) {
			this.seen.computeIfAbsent(id, (none) -> new ConcurrentLinkedQueue<>()).add(ball);
			return ball;
		}

		private void caught(Worker worker, TransferableBuffer ball) {
			try {
				int id = Juggler.checkedId(ball);
				if (id == Juggler.OWN) {
					ball.close();
					return;
				}
				see(id, ball);
				this.flights.incrementAndGet();
				if (this.keep) {
					this.held.incrementAndGet();
				}
				else {
					worker.postMessage(ball, ball);
				}
			}
			catch (RuntimeException ex) {
				this.errors.add(ex);
			}
		}

		private void check(boolean condition, Throwable otherwise) {
			if (!condition) {
				this.errors.add(otherwise);
			}
		}

		private void kill(Worker worker) {
			await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> worker.pid().isPresent());
			if (this.random.nextInt(5) == 0) {
				// in its start
				LockSupport.parkNanos(this.random.nextLong(600_000_000));
			}
			else {
				int enough = 1 + this.random.nextInt(300);
				await().atMost(PATIENCE)
					.pollInterval(Duration.ofMillis(1))
					.until(() -> this.flights.get() >= enough || !this.errors.isEmpty());
				this.keep = this.random.nextBoolean();
				int wanted = this.keep ? this.random.nextInt(BALLS) : 0;
				await().atMost(PATIENCE)
					.pollInterval(Duration.ofMillis(1))
					.until(() -> this.held.get() >= wanted || !this.errors.isEmpty());
				LockSupport.parkNanos(this.random.nextLong(this.keep ? 200_000 : 3_000_000));
			}
			ProcessHandle.of(worker.pid().getAsLong()).ifPresent(ProcessHandle::destroyForcibly);
		}

		/** The other side is dead, so it is this one or nobody. */
		private void checkOwner(Queue<TransferableBuffer> instances) {
			List<TransferableBuffer> owned = instances.stream().filter((ball) -> !ball.isDetached()).toList();
			assertThat(owned).hasSizeLessThanOrEqualTo(1);
			if (owned.isEmpty()) {
				this.freed++;
			}
			for (TransferableBuffer ball : owned) {
				this.kept++;
				assertThat(Juggler.checkedId(ball)).isBetween(0, BALLS - 1);
				ball.close();
			}
			instances.clear();
		}

	}

}
