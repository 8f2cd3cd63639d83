package io.github.workerpool.core;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import org.jspecify.annotations.Nullable;

/**
 * An isolation whose workers do what a test tells them: die, hang, refuse to die. Tasks
 * run on the worker's thread; one that throws a {@link WorkerDeath} takes its worker with
 * it.
 */
final class ScriptedWorkers implements WorkerFactory {

	private final Isolation isolation;

	final List<Backend> made = new CopyOnWriteArrayList<>();

	final AtomicInteger factoryCloses = new AtomicInteger();

	/** What a worker does to come up. */
	volatile Script opening = (backend) -> {
	};

	/** What a worker does at its end. */
	volatile Script closing = (backend) -> {
	};

	/** What is done to make a worker. */
	volatile Runnable making = () -> {
	};

	/** What is done to close the factory. */
	volatile Runnable factoryClosing = () -> {
	};

	/** Whether a kill is possible; if not, workers are abandoned. */
	volatile boolean killable = true;

	/** Whether a kill that is possible has an effect. */
	volatile boolean killWorks = true;

	/** Whether tasks are interrupted when they are told to stop. */
	volatile boolean interrupting = true;

	ScriptedWorkers() {
		this(Isolation.THREAD);
	}

	ScriptedWorkers(Isolation isolation) {
		this.isolation = isolation;
	}

	@Override
	public Isolation isolation() {
		return this.isolation;
	}

	@Override
	public WorkerBackend create(WorkerHost host) {
		this.making.run();
		Backend backend = new Backend(host);
		this.made.add(backend);
		return backend;
	}

	@Override
	public void close() {
		this.factoryCloses.incrementAndGet();
		this.factoryClosing.run();
	}

	Backend worker(int index) {
		return this.made.get(index);
	}

	/** The worker on whose thread this is. */
	Backend current() {
		return this.made.stream()
			.filter((backend) -> backend.host.thread() == Thread.currentThread())
			.findFirst()
			.orElseThrow();
	}

	/** A task whose worker dies in the middle of it. */
	static <R> Task<R> crash(int exitCode) {
		return () -> {
			throw death(exitCode, true);
		};
	}

	/** A task whose worker dies before it has started it. */
	static WorkerDeath death(int exitCode, boolean started) {
		return new WorkerDeath(report(exitCode), started, null);
	}

	/** A task whose worker dies of a limit. */
	static WorkerDeath deathAtLimit(Limit limit, boolean started) {
		return new WorkerDeath(report(3), started,
				new ResourceLimitExceededException(limit, "The worker reached a limit", null));
	}

	static CrashReport report(int exitCode) {
		PoolWorker worker = PoolWorker.ofThisThread();
		return new CrashReport((worker != null) ? worker.pool().name() : "scripted",
				(worker != null) ? worker.workerId() : "scripted", null, null, 4711L, exitCode,
				"exited with code " + exitCode, List.of("last words"), null, Instant.now(), List.of());
	}

	/**
	 * Something that a worker does.
	 */
	@FunctionalInterface
	interface Script {

		void play(Backend backend) throws Exception;

	}

	/**
	 * One worker.
	 */
	final class Backend implements WorkerBackend {

		final WorkerHost host;

		final List<String> ran = new CopyOnWriteArrayList<>();

		final AtomicInteger interrupts = new AtomicInteger();

		final AtomicInteger kills = new AtomicInteger();

		final AtomicInteger closes = new AtomicInteger();

		volatile Usage usage = Usage.UNKNOWN;

		volatile boolean killed;

		private volatile @Nullable CrashReport idleDeath;

		private @Nullable TaskRun<?> running;

		Backend(WorkerHost host) {
			this.host = host;
		}

		String id() {
			return this.host.workerId();
		}

		@Override
		public void open() throws Exception {
			ScriptedWorkers.this.opening.play(this);
		}

		@Override
		public @Nullable Object run(TaskRun<?> run) throws Throwable {
			this.ran.add(run.name());
			synchronized (this) {
				this.running = run;
			}
			try {
				return ((Task<?>) run.payload()).call();
			}
			catch (InterruptedException ex) {
				if (this.killed) {
					throw death(137, true);
				}
				throw ex;
			}
			finally {
				synchronized (this) {
					this.running = null;
					Thread.interrupted();
				}
			}
		}

		@Override
		public void interrupt(TaskRun<?> run) {
			synchronized (this) {
				this.interrupts.incrementAndGet();
				if (ScriptedWorkers.this.interrupting && this.running == run) {
					this.host.thread().interrupt();
				}
			}
		}

		@Override
		public boolean kill() {
			this.kills.incrementAndGet();
			if (ScriptedWorkers.this.killable && ScriptedWorkers.this.killWorks) {
				this.killed = true;
				this.host.thread().interrupt();
			}
			return ScriptedWorkers.this.killable;
		}

		@Override
		public void close() {
			this.closes.incrementAndGet();
			try {
				ScriptedWorkers.this.closing.play(this);
			}
			catch (RuntimeException ex) {
				throw ex;
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		void dieIdle(int exitCode) {
			this.idleDeath = report(exitCode);
			this.host.died();
		}

		@Override
		public @Nullable CrashReport deathWhileIdle() {
			return this.idleDeath;
		}

		@Override
		public Usage usage() {
			return this.usage;
		}

	}

}
