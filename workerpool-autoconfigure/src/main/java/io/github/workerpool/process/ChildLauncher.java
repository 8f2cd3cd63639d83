package io.github.workerpool.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.memory.MemoryLeftovers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Launches the child JVMs of one pool, and answers for them: none outlives
 * {@link #close()}, and, as each watches this JVM, none outlives this JVM either. Making
 * a launcher starts nothing and writes nothing. Safe for use by any number of threads.
 */
final class ChildLauncher implements AutoCloseable {

	static final File NULL_DEVICE = new File(Signals.isWindows() ? "NUL" : "/dev/null");

	private static final Logger logger = LoggerFactory.getLogger(ChildLauncher.class);

	private static final int AOT_LOG_FEATURE = 25;

	private static final Duration ARCHIVE_DELAY = Duration.ofSeconds(2);

	private static final long CLOSE_SECONDS = 5;

	private final PoolSettings settings;

	private final ChildBudget budget;

	private final Supplier<List<String>> rehearsals;

	private final ArchiveCache cache;

	private final Duration archiveDelay;

	private final KernelKills kernelKills = new KernelKills(ControlGroup.own());

	private final PoolDirectory directory = new PoolDirectory();

	private final JavaInstallation java;

	private final ChildClassPath classPath;

	private final Set<ChildProcess> children = ConcurrentHashMap.newKeySet();

	/** Those who wait for a place; guarded by itself, as the next is. */
	private final Set<Thread> waiting = new HashSet<>();

	private boolean impatient;

	private @Nullable Preparation preparation;

	private @Nullable Thread hook;

	private volatile boolean closed;

	/**
	 * Makes a launcher.
	 * @param settings settings of the pool
	 * @param budget how many children there may be
	 * @param rehearsals names of {@link Runnable} classes with a no-arg constructor,
	 * asked for at the first launch, that do what children do when they start, for an
	 * archive of classes to be made
	 * @throws InvalidPoolSettingException if the system can't do what the settings ask
	 * for
	 */
	ChildLauncher(PoolSettings settings, ChildBudget budget, Supplier<List<String>> rehearsals) {
		this(settings, budget, rehearsals, ArchiveCache.ofUser(), ARCHIVE_DELAY, ChildClassPath.ofThisJvm());
	}

	ChildLauncher(PoolSettings settings, ChildBudget budget, Supplier<List<String>> rehearsals, ArchiveCache cache,
			Duration archiveDelay, ChildClassPath classPath) {
		check(settings);
		budget.check(settings);
		this.settings = settings;
		this.budget = budget;
		this.rehearsals = rehearsals;
		this.cache = cache;
		this.archiveDelay = archiveDelay;
		this.classPath = classPath;
		this.java = JavaInstallation.of(settings.process().javaHome());
	}

	private static void check(PoolSettings settings) {
		if (System.getProperty("org.graalvm.nativeimage.imagecode") != null) {
			throw new InvalidPoolSettingException(settings.name(), "isolation", "process",
					"a native image has no JVM to start children with; use 'thread'");
		}
		Niceness.check(settings);
		Long resident = settings.resourceLimits().maxResidentSize();
		if (resident != null && !Signals.isLinux()) {
			throw new InvalidPoolSettingException(settings.name(), "resource-limits.max-resident-size",
					ByteSize.format(resident),
					"it works on Linux only, and this is %s; leave it out".formatted(System.getProperty("os.name")));
		}
	}

	/**
	 * Makes a directory for a child to be launched, where nobody else may look.
	 * {@link ChildProcess#close()} removes it.
	 * @return a short path
	 * @throws WorkerStartException if it can't be made
	 */
	Path newDirectory() {
		return this.directory.newChild();
	}

	/**
	 * Shared with the launchers of other pools.
	 */
	ChildBudget budget() {
		return this.budget;
	}

	/**
	 * Removes the directory of a child that was not launched after all.
	 * @param child its directory, if it has one
	 */
	void discard(@Nullable Path child) {
		if (child != null) {
			this.directory.removeChild(child, null);
		}
	}

	/**
	 * Takes a place for a child to be launched.
	 * @return the place, {@code null} if there is none now
	 * @throws InterruptedException if this thread is interrupted
	 */
	ChildBudget.@Nullable Place reserve() throws InterruptedException {
		return this.budget.tryTake(this.settings.name());
	}

	/**
	 * Launches a child. Returns as soon as its process exists. Waits while there are as
	 * many children as there may be, at most as long as a start may take.
	 * @param spec what to launch
	 * @return the child
	 * @throws WorkerStartException if the process can't be started, or this thread is
	 * interrupted (its flag is kept)
	 */
	ChildProcess launch(ChildSpec spec) {
		return launchAt(null, spec);
	}

	/**
	 * Launches a child, at a place that was reserved if there is one. The place is given
	 * back in any case, at the end of the child at the latest.
	 */
	ChildProcess launchAt(ChildBudget.@Nullable Place reserved, ChildSpec spec) {
		ChildBudget.Place place;
		try {
			place = (reserved != null) ? reserved : takePlace();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw cannotStart(spec, "interrupted while waiting for another child to end", ex);
		}
		try {
			ChildProcess child = launch(spec, place);
			if (this.closed) {
				child.close();
				throw cannotStart(spec, "the pool is closed", null);
			}
			return child;
		}
		catch (Throwable ex) {
			place.giveBack();
			throw ex;
		}
	}

	private ChildBudget.Place takePlace() throws InterruptedException {
		Thread current = Thread.currentThread();
		synchronized (this.waiting) {
			if (this.impatient) {
				throw new InterruptedException("Nobody wants the child any more");
			}
			this.waiting.add(current);
		}
		try {
			return this.budget.take(this.settings.name(), this.settings.process().startupTimeout());
		}
		finally {
			synchronized (this.waiting) {
				this.waiting.remove(current);
				if (this.impatient) {
					// It may have come too late to be noticed, and meant nothing else
					Thread.interrupted();
				}
			}
		}
	}

	/**
	 * Has nobody wait for a place from now on.
	 */
	void waitNoMore() {
		synchronized (this.waiting) {
			this.impatient = true;
			this.waiting.forEach(Thread::interrupt);
		}
	}

	private ChildProcess launch(ChildSpec spec, ChildBudget.Place place) {
		Preparation preparation = prepare();
		ClassArchives archives = preparation.archives();
		ClassArchives.Archive archive = (archives != null) ? archives.current() : null;
		String mark = UUID.randomUUID().toString();
		KernelKills.Counters killsBefore = this.kernelKills.count();
		Process process;
		try {
			process = start(spec, preparation.options(), archive, mark);
		}
		catch (IOException ex) {
			throw cannotStart(spec, reason(ex), ex);
		}
		ChildProcess child = new ChildProcess(spec, process, mark, preparation.options(), this.kernelKills, killsBefore,
				this.directory);
		this.children.add(child);
		child.onGone().thenRun(() -> this.children.remove(child));
		try {
			child.watch(() -> {
				place.giveBack();
				if (archives != null && archive != null && !child.wasReady() && !child.wasKilled()) {
					archives.distrust(archive);
				}
			});
		}
		catch (OutOfMemoryError ex) {
			this.children.remove(child);
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
			throw cannotStart(spec, "this JVM can start no more threads (" + ex.getMessage() + ")", ex);
		}
		return child;
	}

	private Process start(ChildSpec spec, JvmOptions options, ClassArchives.@Nullable Archive archive, String mark)
			throws IOException {
		List<String> arguments = new ArrayList<>(JvmOptions.filesOf(spec.directory()));
		arguments.addAll(options.all());
		if (archive != null) {
			arguments.addAll(List.of(archive.option(), "-cp", archive.classPath().joined(), spec.mainClass()));
		}
		else {
			arguments.addAll(this.classPath.commandFor(spec.mainClass()));
		}
		arguments.addAll(spec.arguments());
		List<String> command = new ArrayList<>(Niceness.prefix(this.settings.process().nice()));
		command.add(this.java.executable().toString());
		Path file = spec.directory().resolve("arguments");
		ArgumentFile.write(file, arguments);
		command.add("@" + file.toAbsolutePath());
		ProcessBuilder builder = new ProcessBuilder(command).redirectInput(NULL_DEVICE);
		new ChildEnvironment(ProcessIdentity.current(), mark, spec.directory()).applyTo(builder.environment(),
				this.settings.process().environment(), spec.environment());
		return ProcessStart.start(builder);
	}

	private WorkerStartException cannotStart(ChildSpec spec, String reason, @Nullable Throwable cause) {
		return new WorkerStartException("Pool '%s': the JVM of worker '%s' can't be started: %s"
			.formatted(this.settings.name(), spec.workerId(), reason), cause);
	}

	private String reason(IOException ex) {
		String message = (ex.getMessage() != null) ? ex.getMessage() : ex.toString();
		String hint = "";
		if (this.java.hasChanged() || message.contains("spawn helper")) {
			hint = this.java.hint();
		}
		else if (message.contains("error=11,")) {
			hint = "The limit of processes and threads is reached: see 'ulimit -u' and the container's 'pids' limit";
		}
		else if (message.contains("error=12,")) {
			hint = "The system has no memory left for another process";
		}
		else if (message.contains("error=24,") || message.contains("Too many open files")) {
			hint = "The limit of open files is reached: see 'ulimit -n'";
		}
		else if (message.contains("No space left")) {
			hint = "Make room in '%s', where the files of child JVMs are, or set 'java.io.tmpdir' to another directory"
				.formatted(this.directory.parent());
		}
		return hint.isEmpty() ? message : message + ". " + hint;
	}

	private synchronized Preparation prepare() {
		Preparation prepared = this.preparation;
		if (prepared == null) {
			prepared = newPreparation();
			this.preparation = prepared;
		}
		return prepared;
	}

	/**
	 * What all children have in common. Found out at the first launch, as it takes a
	 * while.
	 */
	private Preparation newPreparation() {
		this.directory.removeStale();
		MemoryLeftovers.remove();
		InheritedOptions inherited = InheritedOptions.ofThisJvm();
		logger.debug("Pool '{}': of this JVM's options its children have {}, but not {}", this.settings.name(),
				InheritedOptions.withoutValues(inherited.kept()), InheritedOptions.withoutValues(inherited.dropped()));
		JvmOptions options = JvmOptions.of(this.settings, inherited, MemoryPlan.heap(this.settings),
				this.java.feature() >= AOT_LOG_FEATURE);
		ClassArchives archives = null;
		if (this.settings.process().classDataSharing() == ClassDataSharing.AUTO && !options.nameAnArchive()) {
			archives = new ClassArchives(this.settings.name(), this.java, this.classPath, options,
					this.rehearsals.get(), this.cache, this.archiveDelay);
		}
		return new Preparation(options, archives);
	}

	/**
	 * Closes this launcher when this JVM begins to end. The children end with it anyway,
	 * but their files would stay until the next JVM looks. This is for those who have
	 * nobody to close their pools: it must not be used where a life cycle does, as the
	 * end of the JVM is when tasks that still run are waited for.
	 */
	synchronized void closeAtExit() {
		if (this.hook == null && !this.closed) {
			Thread thread = new Thread(this::close, "workerpool-" + this.settings.name() + "-exit");
			try {
				Runtime.getRuntime().addShutdownHook(thread);
				this.hook = thread;
			}
			catch (IllegalStateException ex) {
				// it is ending already
			}
		}
	}

	/**
	 * Kills the children that are left, waits until they are gone (seconds at most), and
	 * removes all their files.
	 */
	@Override
	public void close() {
		Preparation prepared;
		Thread hook;
		synchronized (this) {
			if (this.closed) {
				return;
			}
			this.closed = true;
			prepared = this.preparation;
			hook = this.hook;
		}
		this.children.forEach(ChildProcess::close);
		if (prepared != null && prepared.archives() != null) {
			prepared.archives().close();
		}
		awaitGone();
		this.directory.close();
		if (hook != null) {
			try {
				Runtime.getRuntime().removeShutdownHook(hook);
			}
			catch (IllegalStateException ex) {
				// it runs already
			}
		}
	}

	/**
	 * Waits until no child is left, for seconds at most; they have been killed.
	 */
	void awaitGone() {
		CompletableFuture<?>[] gone = this.children.stream()
			.map(ChildProcess::onGone)
			.toArray(CompletableFuture<?>[]::new);
		try {
			CompletableFuture.allOf(gone).get(CLOSE_SECONDS, TimeUnit.SECONDS);
		}
		catch (TimeoutException | ExecutionException ex) {
			logger.warn("Pool '{}': these child processes don't end although they were killed: {}",
					this.settings.name(), this.children.stream().map(ChildProcess::pid).toList());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What all children have in common.
	 *
	 * @param options their JVM options
	 * @param archives where their archive of classes comes from, if they may have one
	 */
	private record Preparation(JvmOptions options, @Nullable ClassArchives archives) {

	}

}
