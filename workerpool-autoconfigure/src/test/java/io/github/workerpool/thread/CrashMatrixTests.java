package io.github.workerpool.thread;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Everything a task can do to a worker that is a thread, at every moment it can do it.
 * Each time the task's future settles once with the named error, all others are unharmed,
 * the pool is back at its size, and no thread is left.
 */
@ExtendWith(NoLeaks.class)
class CrashMatrixTests {

	private static final int SIZE = 2;

	private final Ending ending = new Ending();

	private final List<ManagedWorkerPool> pools = new ArrayList<>();

	@AfterEach
	void end() throws Exception {
		this.ending.close();
		for (ManagedWorkerPool pool : this.pools) {
			pool.close();
		}
	}

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(30)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
	}

	/**
	 * When it happens.
	 */
	enum Moment {

		/** The task is there before its worker is. */
		WORKER_STARTING,

		/** The worker was idle. */
		WORKER_IDLE,

		/** Another worker is busy, and more is waiting. */
		OTHERS_BUSY,

		/** A result is being published, on the worker's thread. */
		PUBLISHING,

		/** The pool is told to close. */
		STOPPING

	}

	/**
	 * What happens.
	 */
	enum Hazard {

		CHECKED_EXCEPTION {

			@Override
			Object happen(Ending ending) throws Exception {
				throw new IOException("checked");
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isExactlyInstanceOf(IOException.class).hasMessage("checked");
			}

		},

		UNCHECKED_EXCEPTION {

			@Override
			Object happen(Ending ending) {
				throw new IllegalArgumentException("unchecked", new IOException("cause"));
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isExactlyInstanceOf(IllegalArgumentException.class)
					.hasMessage("unchecked")
					.cause()
					.isExactlyInstanceOf(IOException.class);
			}

		},

		ERROR {

			@Override
			Object happen(Ending ending) {
				throw new AssertionError("error");
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isExactlyInstanceOf(AssertionError.class).hasMessage("error");
			}

		},

		THROWABLE_OF_NO_KNOWN_KIND {

			@Override
			Object happen(Ending ending) throws Exception {
				throw sneak(new Throwable("neither exception nor error"));
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isExactlyInstanceOf(Throwable.class).hasMessage("neither exception nor error");
			}

		},

		EXCEPTION_WHOSE_MESSAGE_THROWS {

			@Override
			Object happen(Ending ending) {
				throw new Speechless();
			}

			@Override
			void check(Throwable error) {
				assertThat(error.getClass()).isEqualTo(Speechless.class);
			}

		},

		EXCEPTION_WITH_A_CYCLIC_CAUSE {

			@Override
			Object happen(Ending ending) throws Exception {
				IOException outer = new IOException("outer");
				IllegalStateException inner = new IllegalStateException("inner", outer);
				outer.initCause(inner);
				throw outer;
			}

			@Override
			void check(Throwable error) {
				assertThat(error).hasMessage("outer");
				assertThat(error.getCause().getCause()).isSameAs(error);
			}

		},

		NULL_THROWN {

			@Override
			@SuppressWarnings("ThrowNull")
			Object happen(Ending ending) {
				throw null;
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isInstanceOf(NullPointerException.class);
			}

		},

		STACK_OVERFLOW {

			@Override
			Object happen(Ending ending) {
				return dig(0);
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.STACK, StackOverflowError.class);
			}

		},

		OUT_OF_MEMORY {

			@Override
			Object happen(Ending ending) {
				throw new OutOfMemoryError("Java heap space");
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.HEAP, OutOfMemoryError.class);
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		OUT_OF_MEMORY_FOR_ONE_ARRAY {

			@Override
			Object happen(Ending ending) {
				long[][] all = new long[1000][];
				for (int i = 0; i < all.length; i++) {
					all[i] = new long[Integer.MAX_VALUE];
				}
				return all;
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.HEAP, OutOfMemoryError.class);
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		OUT_OF_METASPACE {

			@Override
			Object happen(Ending ending) {
				throw new OutOfMemoryError("Metaspace");
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.METASPACE, OutOfMemoryError.class);
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		OUT_OF_DIRECT_MEMORY {

			@Override
			Object happen(Ending ending) {
				throw new OutOfMemoryError("Cannot reserve 1 bytes of direct buffer memory");
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.DIRECT_MEMORY, OutOfMemoryError.class);
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		STATIC_INITIALISER_FAILS {

			@Override
			Object happen(Ending ending) {
				return Broken.VALUE;
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isInstanceOf(LinkageError.class);
				assertThat(error).hasStackTraceContaining("Broken");
			}

		},

		CLASS_IS_MISSING {

			@Override
			Object happen(Ending ending) throws Exception {
				return Class.forName("no.such.Type");
			}

			@Override
			void check(Throwable error) {
				assertThat(error).isInstanceOf(ClassNotFoundException.class).hasMessageContaining("no.such.Type");
			}

		},

		INTERRUPTS_ITSELF {

			@Override
			Object happen(Ending ending) {
				Thread.currentThread().interrupt();
				return "fine";
			}

		},

		STARTS_THREADS_THAT_STAY {

			@Override
			Object happen(Ending ending) {
				for (int i = 0; i < 3; i++) {
					Thread thread = new Thread(ending::awaitStubbornly, "stray");
					thread.start();
				}
				return "fine";
			}

		},

		PRINTS_A_LOT {

			@Override
			Object happen(Ending ending) {
				PrintStream out = System.out;
				PrintStream err = System.err;
				System.setOut(new PrintStream(OutputStream.nullOutputStream()));
				System.setErr(new PrintStream(OutputStream.nullOutputStream()));
				try {
					for (int i = 0; i < 100_000; i++) {
						System.out.println("blah blah " + i);
						System.err.write(i);
					}
				}
				finally {
					System.setOut(out);
					System.setErr(err);
				}
				return "fine";
			}

		},

		WAITS_AND_HONOURS_INTERRUPTION {

			@Override
			Object happen(Ending ending) throws Exception {
				new CountDownLatch(1).await();
				return "never";
			}

			@Override
			boolean hangs() {
				return true;
			}

		},

		RETURNS_A_PROMISE_NOBODY_KEEPS {

			@Override
			Object happen(Ending ending) {
				return new CompletableFuture<>();
			}

			@Override
			boolean hangs() {
				return true;
			}

		},

		WAITS_AND_IGNORES_INTERRUPTION {

			@Override
			Object happen(Ending ending) {
				ending.awaitStubbornly();
				return "too late";
			}

			@Override
			boolean hangs() {
				return true;
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		ENDLESS_LOOP {

			@Override
			Object happen(Ending ending) {
				long n = 0;
				while (!ending.over) {
					n++;
				}
				return n;
			}

			@Override
			boolean hangs() {
				return true;
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		COUNTED_LOOP {

			@Override
			Object happen(Ending ending) {
				int sum = 0;
				while (!ending.over) {
					for (int i = 0; i < 400_000_000; i++) {
						sum += i ^ (sum << 1);
					}
				}
				return sum;
			}

			@Override
			boolean hangs() {
				return true;
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		DEADLOCK {

			@Override
			Object happen(Ending ending) {
				ending.one.lock();
				try {
					ending.holdOtherAndWaitForOne();
					ending.other.lock();
					ending.other.unlock();
				}
				finally {
					ending.one.unlock();
				}
				return "too late";
			}

			@Override
			boolean hangs() {
				return true;
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		BLOCKING_READ {

			@Override
			Object happen(Ending ending) throws Exception {
				return ending.silentSocket().getInputStream().read();
			}

			@Override
			boolean hangs() {
				return true;
			}

			@Override
			boolean retires() {
				return true;
			}

		},

		TOO_MUCH_CPU_TIME {

			@Override
			Object happen(Ending ending) {
				long n = 0;
				while (!ending.over && !Thread.currentThread().isInterrupted()) {
					n++;
				}
				return n;
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.CPU_TIME, null);
				assertThat(error).hasMessageContaining("resource-limits.cpu-time");
			}

			@Override
			void settings(PoolSettings.Builder settings) {
				settings.resourceLimits((limits) -> limits.cpuTime(Duration.ofMillis(200)));
			}

			@Override
			Set<Moment> moments() {
				return EnumSet.complementOf(EnumSet.of(Moment.PUBLISHING));
			}

		},

		TOO_MUCH_CPU_TIME_IGNORING_INTERRUPTION {

			@Override
			Object happen(Ending ending) {
				return ENDLESS_LOOP.attempt(ending);
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.CPU_TIME, null);
			}

			@Override
			void settings(PoolSettings.Builder settings) {
				settings.resourceLimits((limits) -> limits.cpuTime(Duration.ofMillis(200)));
			}

			@Override
			boolean retires() {
				return true;
			}

			@Override
			Set<Moment> moments() {
				return EnumSet.complementOf(EnumSet.of(Moment.PUBLISHING));
			}

		},

		TOO_MUCH_ALLOCATION {

			@Override
			Object happen(Ending ending) {
				List<byte[]> kept = new ArrayList<>();
				while (!WorkerContext.current().orElseThrow().isCancelled()) {
					kept.add(new byte[1 << 16]);
					if (kept.size() > 16) {
						kept.clear();
					}
				}
				return kept;
			}

			@Override
			void check(Throwable error) {
				assertLimit(error, Limit.ALLOCATION, null);
				assertThat(error).hasMessageContaining("resource-limits.allocation");
			}

			@Override
			void settings(PoolSettings.Builder settings) {
				settings.resourceLimits((limits) -> limits.allocation(32 << 20));
			}

			@Override
			Set<Moment> moments() {
				return EnumSet.complementOf(EnumSet.of(Moment.PUBLISHING));
			}

		};

		/** What the task does. */
		abstract Object happen(Ending ending) throws Exception;

		Object attempt(Ending ending) {
			try {
				return happen(ending);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		/** What its future fails with; without an override it succeeds, or times out. */
		void check(Throwable error) {
			assertThat(hangs()).as("unexpected " + error).isTrue();
			assertThat(error).isInstanceOfSatisfying(TaskTimeoutException.class,
					(ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
		}

		/** Whether nothing but a timeout ends it. */
		boolean hangs() {
			return false;
		}

		/** Whether it costs its worker. */
		boolean retires() {
			return false;
		}

		boolean succeeds() {
			return this == INTERRUPTS_ITSELF || this == STARTS_THREADS_THAT_STAY || this == PRINTS_A_LOT;
		}

		void settings(PoolSettings.Builder settings) {
		}

		Set<Moment> moments() {
			// A dependant that hangs is nobody's task any more
			return hangs() ? EnumSet.complementOf(EnumSet.of(Moment.PUBLISHING)) : EnumSet.allOf(Moment.class);
		}

	}

	static Stream<Arguments> matrix() {
		return Stream.of(Hazard.values())
			.flatMap((hazard) -> hazard.moments().stream().map((moment) -> Arguments.of(hazard, moment)));
	}

	@ParameterizedTest(name = "{0} while {1}")
	@MethodSource("matrix")
	void hazardIsContained(Hazard hazard, Moment moment) throws Exception {
		Gate startUp = this.ending.gate();
		PoolSettings.Builder settings = PoolSettings.builder("matrix")
			.size(SIZE)
			.shutdownTimeout(Duration.ofMinutes(5))
			// Who listens to its interruption may take a while on a busy machine
			.task((task) -> task.grace(hazard.retires() ? Duration.ofMillis(50) : Duration.ofSeconds(20)))
			.restart((restart) -> restart.maxRestarts(0));
		hazard.settings(settings);
		WorkerInitializer slow = (pool, worker) -> startUp.pass();
		ManagedWorkerPool pool = new WorkerPoolFactory().withInitializers(List.of(slow)).build(settings.build());
		this.pools.add(pool);
		if (moment != Moment.WORKER_STARTING) {
			startUp.open();
		}
		pool.start();
		if (moment == Moment.PUBLISHING) {
			whilePublishing(pool, hazard);
		}
		else {
			inATask(pool, hazard, moment, startUp);
		}
		this.ending.close();
		patiently().untilAsserted(() -> assertThat(pool.snapshot().workers().abandoned()).isZero());
		assertBooksBalance(pool);
	}

	private void inATask(ManagedWorkerPool pool, Hazard hazard, Moment moment, Gate startUp) throws Exception {
		List<TaskFuture<String>> others = new ArrayList<>();
		Gate busy = this.ending.gate();
		Gate begin = this.ending.gate();
		if (moment != Moment.WORKER_STARTING) {
			pool.ready().get(30, TimeUnit.SECONDS);
		}
		if (moment == Moment.OTHERS_BUSY) {
			others.add(pool.submit(() -> {
				busy.pass();
				return "unharmed";
			}));
			busy.awaitEntered(1);
		}
		Ending end = this.ending;
		Task<Object> body = () -> {
			if (moment == Moment.STOPPING) {
				begin.pass();
			}
			return hazard.happen(end);
		};
		TaskOptions options = TaskOptions.none().withName("hazard");
		TaskFuture<Object> task = pool.submit(body,
				hazard.hangs() ? options.withTimeout(Duration.ofMillis(500)) : options);
		if (moment == Moment.STOPPING && hazard.hangs()) {
			// Its time must not be over before the close has begun
			task.cancel(true);
			task = pool.submit(body, options);
		}
		AtomicInteger settled = new AtomicInteger();
		task.whenComplete((value, ex) -> settled.incrementAndGet());
		if (moment != Moment.WORKER_IDLE) {
			for (int i = 0; i < 5; i++) {
				others.add(pool.submit(() -> "unharmed"));
			}
		}
		CompletableFuture<Void> closed = null;
		if (moment == Moment.WORKER_STARTING) {
			startUp.awaitEntered(SIZE);
			startUp.open();
		}
		else if (moment == Moment.STOPPING) {
			begin.awaitEntered(1);
			closed = close(pool);
			patiently().until(() -> !pool.isStarted());
			begin.open();
			if (hazard.hangs()) {
				task.cancel(true);
			}
		}
		if (moment == Moment.STOPPING && hazard.hangs()) {
			assertThat(task).isCancelled();
		}
		else {
			checkOutcome(hazard, task);
		}
		busy.open();
		for (TaskFuture<String> other : others) {
			assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo("unharmed");
		}
		assertThat(busy.interruptions()).isZero();
		patiently().until(() -> settled.get() == 1);
		if (closed != null) {
			closed.get(30, TimeUnit.SECONDS);
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
			return;
		}
		assertBackAtItsSize(pool, hazard);
	}

	private static void checkOutcome(Hazard hazard, TaskFuture<Object> task) throws Exception {
		if (hazard.succeeds()) {
			assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo("fine");
			assertThat(task.status()).isEqualTo(TaskStatus.SUCCEEDED);
			return;
		}
		Throwable error = null;
		try {
			task.get(60, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			error = ex.getCause();
		}
		assertThat(error == null).as("it succeeded").isFalse();
		hazard.check(error);
		assertThat(task.status()).isEqualTo(hazard.hangs() ? TaskStatus.TIMED_OUT : TaskStatus.FAILED);
	}

	/** A dependant of a result does it, on the worker's thread. */
	private void whilePublishing(ManagedWorkerPool pool, Hazard hazard) throws Exception {
		Gate gate = this.ending.gate();
		TaskFuture<String> task = pool.submit(() -> {
			gate.pass();
			return "published";
		});
		gate.awaitEntered(1);
		CompletableFuture<Object> dependant = task.thenApply((value) -> {
			try {
				return hazard.happen(this.ending);
			}
			catch (Exception ex) {
				throw CrashMatrixTests.<RuntimeException>sneak(ex);
			}
		});
		gate.open();
		assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo("published");
		// The JDK can't word the wrapper of an exception that can't speak: it never
		// settles
		if (hazard != Hazard.EXCEPTION_WHOSE_MESSAGE_THROWS) {
			patiently().until(dependant::isDone);
			assertThat(dependant.isCompletedExceptionally()).isEqualTo(!hazard.succeeds());
		}
		assertThat(task.status()).isEqualTo(TaskStatus.SUCCEEDED);
		List<TaskFuture<Boolean>> after = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			after.add(pool.submit(() -> Thread.currentThread().isInterrupted()));
		}
		for (TaskFuture<Boolean> each : after) {
			assertThat(each.get(30, TimeUnit.SECONDS)).as("interrupted").isFalse();
		}
		patiently().until(() -> pool.snapshot().workers().alive() == SIZE);
		assertThat(pool.snapshot().restarts()).isZero();
	}

	private static void assertBackAtItsSize(ManagedWorkerPool pool, Hazard hazard) throws Exception {
		patiently().untilAsserted(() -> {
			PoolSnapshot snapshot = pool.snapshot();
			assertThat(snapshot.state()).isEqualTo(PoolState.RUNNING);
			assertThat(snapshot.workers().alive()).isEqualTo(SIZE);
			assertThat(snapshot.restarts()).isEqualTo(hazard.retires() ? 1 : 0);
			assertThat(snapshot.tasks().crashed()).isZero();
		});
		List<TaskFuture<String>> everywhere = pool.broadcast(() -> "served");
		assertThat(everywhere).hasSize(SIZE);
		for (TaskFuture<String> each : everywhere) {
			assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo("served");
		}
	}

	private static void assertBooksBalance(ManagedWorkerPool pool) {
		patiently().untilAsserted(() -> {
			PoolSnapshot.Tasks tasks = pool.snapshot().tasks();
			assertThat(tasks.succeeded() + tasks.failed() + tasks.rejected() + tasks.timedOut() + tasks.cancelled()
					+ tasks.crashed())
				.isEqualTo(tasks.submitted());
		});
	}

	private static CompletableFuture<Void> close(ManagedWorkerPool pool) {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		Thread closer = new Thread(() -> {
			pool.close();
			closed.complete(null);
		});
		closer.setDaemon(true);
		closer.start();
		return closed;
	}

	private static void assertLimit(Throwable error, Limit limit, Class<? extends Throwable> cause) {
		assertThat(error).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(limit);
			assertThat(ex).hasMessageContaining("hazard");
			if (cause != null) {
				assertThat(ex).hasCauseInstanceOf(cause);
			}
			else {
				assertThat(ex).hasNoCause();
			}
		});
	}

	private static long dig(long depth) {
		return (depth < 0) ? depth : 1 + dig(depth + 1);
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> E sneak(Throwable error) throws E {
		throw (E) error;
	}

	/**
	 * Ends what nothing else ends, when its test is over.
	 */
	private static final class Ending {

		final ReentrantLock one = new ReentrantLock();

		final ReentrantLock other = new ReentrantLock();

		private final CountDownLatch latch = new CountDownLatch(1);

		private final List<Gate> gates = new ArrayList<>();

		private final List<AutoCloseable> resources = new ArrayList<>();

		volatile boolean over;

		synchronized Gate gate() {
			Gate gate = new Gate();
			this.gates.add(gate);
			return gate;
		}

		void awaitStubbornly() {
			while (!this.over) {
				try {
					this.latch.await();
				}
				catch (InterruptedException ex) {
					// So what
				}
			}
		}

		/** Another thread holds one lock and wants the other, until the test is over. */
		void holdOtherAndWaitForOne() {
			CountDownLatch held = new CountDownLatch(1);
			Thread opponent = new Thread(() -> {
				this.other.lock();
				try {
					held.countDown();
					while (!this.over) {
						if (this.one.tryLock(5, TimeUnit.MILLISECONDS)) {
							this.one.unlock();
						}
					}
				}
				catch (InterruptedException ex) {
					// Nobody does
				}
				finally {
					this.other.unlock();
				}
			}, "opponent");
			opponent.start();
			while (held.getCount() > 0) {
				Thread.onSpinWait();
			}
		}

		/** A socket whose other end says nothing. */
		synchronized Socket silentSocket() throws IOException {
			ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
			Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
			this.resources.add(server);
			this.resources.add(socket);
			return socket;
		}

		synchronized void close() throws Exception {
			this.over = true;
			this.latch.countDown();
			this.gates.forEach(Gate::open);
			for (AutoCloseable resource : this.resources) {
				resource.close();
			}
			this.resources.clear();
		}

	}

	/**
	 * Can't be initialised.
	 */
	private static final class Broken {

		static final Object VALUE = broken();

		private static Object broken() {
			throw new IllegalStateException("static initialiser");
		}

	}

	/**
	 * Can't be printed.
	 */
	private static final class Speechless extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message for you");
		}

	}

}
