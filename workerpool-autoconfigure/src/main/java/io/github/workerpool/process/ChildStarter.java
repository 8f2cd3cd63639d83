package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Brings children up: launches them, lets them in, tells them who they are and waits
 * until they take tasks. Keeps some aside that are up already, if the pool wants that.
 * One per pool; safe for use by any number of threads.
 */
final class ChildStarter implements AutoCloseable {

	static final String MAIN_CLASS = "io.github.workerpool.process.child.ChildMain";

	private static final long LOOK_NANOS = 100_000_000;

	private static final long REPORT_MILLIS = 5000;

	private final PoolSettings settings;

	private final String mainClass;

	private final ChildLauncher launcher;

	private final Regions regions;

	private final Heartbeats heartbeats;

	private final ThrowableCodec throwables;

	private final List<Extension> initializers;

	private final List<Extension> codecs;

	private final Logger log;

	private final int processors = Runtime.getRuntime().availableProcessors();

	private final Spares<ChildConnection> spares;

	private final AtomicInteger lastSpare = new AtomicInteger();

	/** Places of workers that are about to start. */
	private final Queue<ChildBudget.Place> reserved = new ConcurrentLinkedQueue<>();

	private final Runnable yielder;

	private final ChildWiring wiring;

	private boolean applicationKnown;

	private @Nullable ChildApplication application;

	private volatile boolean toldOfLoopback;

	ChildStarter(PoolSettings settings, String mainClass, ChildLauncher launcher, Regions regions,
			Heartbeats heartbeats, ThrowableCodec throwables, List<Extension> initializers, List<Extension> codecs,
			ChildWiring wiring, Logger log) {
		this.wiring = wiring;
		this.settings = settings;
		this.mainClass = mainClass;
		this.launcher = launcher;
		this.regions = regions;
		this.heartbeats = heartbeats;
		this.throwables = throwables;
		this.initializers = initializers;
		this.codecs = codecs;
		this.log = log;
		this.spares = new Spares<>("workerpool-" + settings.name() + "-spares", settings.process().spares(),
				this::newSpare, (spare) -> spare.process().isAlive(), this::dispose);
		this.yielder = this.spares::yieldOne;
		if (settings.process().spares() > 0) {
			launcher.budget().addYielder(this.yielder);
		}
	}

	/**
	 * Brings a child up.
	 * @param workerId id of the worker
	 * @param launched told of the process as soon as there is one
	 * @param unwanted tells whether the child is not wanted any more
	 * @return a child that takes tasks
	 * @throws WorkerStartException if it doesn't come up
	 */
	ChildConnection start(String workerId, Consumer<ChildProcess> launched, BooleanSupplier unwanted) {
		ChildBudget.Place place = this.reserved.poll();
		for (ChildConnection spare = this.spares.take(); spare != null; spare = this.spares.take()) {
			launched.accept(spare.process());
			try {
				spare.adopt(workerId);
				giveBack(place);
				return spare;
			}
			catch (IOException ex) {
				// It died just now
				dispose(spare);
			}
		}
		ChildConnection started = startNew(workerId, false, place, launched, unwanted);
		this.spares.fill();
		return started;
	}

	private static void giveBack(ChildBudget.@Nullable Place place) {
		if (place != null) {
			place.giveBack();
		}
	}

	/**
	 * Whether a child is there, or can be launched without waiting for another to end. A
	 * place is kept for the next start.
	 */
	boolean hasRoom() {
		if (this.spares.count() > 0 || !this.reserved.isEmpty()) {
			return true;
		}
		try {
			ChildBudget.Place place = this.launcher.reserve();
			return place != null && this.reserved.add(place);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private @Nullable ChildConnection newSpare() {
		if (!this.launcher.budget().hasRoom()) {
			return null;
		}
		String name = this.settings.name() + "-s" + this.lastSpare.incrementAndGet();
		// Nobody waits for it who would lose patience
		long patience = this.settings.process().startupTimeout().toNanos();
		long start = System.nanoTime();
		ChildConnection spare = startNew(name, true, null, (process) -> {
		}, () -> !this.spares.isWanted() || System.nanoTime() - start > patience);
		this.log.debug("Process {} is kept aside for a worker to come", spare.process().pid());
		spare.process().onExit().thenRun(() -> this.spares.broken(spare));
		return spare;
	}

	private void dispose(ChildConnection spare) {
		this.heartbeats.forget(spare);
		spare.process().kill();
		spare.process().onExit().thenRun(spare::close);
	}

	/** Ends those that are kept aside, and waits for that. */
	void dropSpares() {
		this.spares.drain();
		this.spares.awaitMaker();
		for (ChildBudget.Place place = this.reserved.poll(); place != null; place = this.reserved.poll()) {
			place.giveBack();
		}
		this.launcher.awaitGone();
	}

	@Override
	public void close() {
		this.launcher.budget().removeYielder(this.yielder);
		this.spares.close();
	}

	private ChildConnection startNew(String workerId, boolean spare, ChildBudget.@Nullable Place place,
			Consumer<ChildProcess> launched, BooleanSupplier unwanted) {
		Path directory = null;
		ChildProcess process = null;
		try {
			directory = this.launcher.newDirectory();
			try (Rendezvous rendezvous = Rendezvous.in(directory)) {
				if (!rendezvous.isPrivate()) {
					tellOfLoopback();
				}
				process = this.launcher.launchAt(place, new ChildSpec(this.settings, workerId, directory,
						this.mainClass, List.of(rendezvous.address(), rendezvous.token()), Map.of()));
				launched.accept(process);
				return letIn(workerId, spare, process, rendezvous, unwanted);
			}
		}
		catch (IOException ex) {
			throw failed(workerId, process, unwanted, ex);
		}
		catch (RuntimeException ex) {
			if (process != null) {
				process.close();
			}
			throw ex;
		}
		finally {
			if (process == null) {
				giveBack(place);
				this.launcher.discard(directory);
			}
		}
	}

	private ChildConnection letIn(String workerId, boolean spare, ChildProcess process, Rendezvous rendezvous,
			BooleanSupplier unwanted) throws IOException {
		SharedRing.Peer peer = () -> {
			if (unwanted.getAsBoolean() || !process.isAlive()) {
				throw new ChannelClosedException();
			}
		};
		process.onExit().thenRun(rendezvous::wake);
		SharedRegion region = this.regions.take();
		SocketFrames control = null;
		ChildConnection connection = null;
		try {
			rendezvous.await(peer, Hello.CONTROL);
			control = new SocketFrames(rendezvous.take(Hello.CONTROL), peer);
			configuration(workerId, spare, region).toBytes().sendTo(control, FrameType.CONFIGURE, 0, 0);
			control.flush();
			connection = connect(process, region, control, rendezvous, peer);
			awaitReady(workerId, connection, peer);
			process.ready();
			this.heartbeats.watch(connection);
			return connection;
		}
		catch (IOException | RuntimeException ex) {
			// The next child may be given the region
			Limit exhausted = (region != null) ? ChildDeath.limit(region.fatal()) : null;
			if (connection != null) {
				connection.close();
			}
			else {
				if (control != null) {
					control.close();
				}
				if (region != null) {
					region.close();
				}
			}
			if (exhausted != null) {
				throw new WorkerStartException(
						"Pool '%s': worker '%s' did not start: it ran out of memory (%s); if that much is needed, raise '%s'"
							.formatted(this.settings.name(), workerId, ChildDeath.words(exhausted),
									ChildDeath.key(exhausted)),
						ex);
			}
			throw ex;
		}
	}

	private ChildConnection connect(ChildProcess process, @Nullable SharedRegion region, SocketFrames control,
			Rendezvous rendezvous, SharedRing.Peer peer) throws IOException {
		Hello role = rendezvous.await(peer, Hello.BELL, Hello.STREAM);
		if (role == Hello.BELL && region != null) {
			region.opened();
			return new ChildConnection(process, this.regions, region, control,
					new Doorbell(rendezvous.take(Hello.BELL)), this.processors);
		}
		if (role == Hello.BELL) {
			throw new BadFrameException("The child shares memory that it was not given");
		}
		if (region != null) {
			region.close();
			this.regions.noneToBeHad(new IOException("a child could not open it"));
		}
		return new ChildConnection(process, this.regions, control,
				new SocketFrames(rendezvous.take(Hello.STREAM), peer));
	}

	private ChildConfiguration configuration(String workerId, boolean spare, @Nullable SharedRegion region) {
		PoolSettings.Process process = this.settings.process();
		PoolSettings.ResourceLimits limits = this.settings.resourceLimits();
		Long stackSize = limits.stackSize();
		return new ChildConfiguration(this.settings.name(), workerId, spare, process.heartbeat().interval().toMillis(),
				this.processors, process.maxPayloadSize(), limits.cpuTime() != null || limits.allocation() != null,
				(stackSize != null) ? stackSize : 0, (region != null) ? region.location().toString() : null,
				Regions.RING_BYTES, process.serializationFilter(), this.initializers, this.codecs, application());
	}

	/** Whether children start a context. */
	boolean hasContext() {
		return application() != null;
	}

	/** Asked for late: not before then it is known which beans there are. */
	private synchronized @Nullable ChildApplication application() {
		if (!this.applicationKnown) {
			this.application = this.wiring.application();
			this.applicationKnown = true;
		}
		return this.application;
	}

	private void awaitReady(String workerId, ChildConnection connection, SharedRing.Peer peer) throws IOException {
		FrameSource replies = connection.replies();
		while (!replies.next(LOOK_NANOS)) {
			peer.check();
		}
		if (replies.type() == FrameType.REFUSED) {
			FrameInput in = new FrameInput(replies);
			in.begin(this.throwables.cap());
			Throwable why = this.throwables.read(in);
			if (why instanceof ChildWiringException unwired) {
				this.wiring.failed(unwired);
			}
			throw new WorkerStartException(
					"Pool '%s': worker '%s' can't be used: %s".formatted(this.settings.name(), workerId, why), why);
		}
		if (replies.type() != FrameType.READY) {
			throw new BadFrameException("The child began with a frame of type " + replies.type());
		}
	}

	private WorkerStartException failed(String workerId, @Nullable ChildProcess process, BooleanSupplier unwanted,
			IOException ex) {
		StringBuilder message = new StringBuilder(
				"Pool '%s': worker '%s' did not start: ".formatted(this.settings.name(), workerId));
		if (process == null || unwanted.getAsBoolean()) {
			message.append((process == null) ? ex.toString() : "it was told to end");
		}
		else {
			message.append(describe(process, ex));
		}
		if (process != null) {
			process.close();
		}
		return new WorkerStartException(message.toString(), ex);
	}

	/**
	 * The end of the process is the cause, if it has ended; the channel only shows it.
	 */
	private static String describe(ChildProcess process, IOException ex) {
		if (ex instanceof BadFrameException) {
			return ex.toString();
		}
		boolean ended = false;
		try {
			process.onExit().get(REPORT_MILLIS, TimeUnit.MILLISECONDS);
			ended = true;
		}
		catch (TimeoutException | ExecutionException late) {
			// Then it is still there
		}
		catch (InterruptedException interrupted) {
			Thread.currentThread().interrupt();
		}
		if (!ended) {
			return ex.toString();
		}
		CrashReport report = process.report(null, null, List.of());
		StringBuilder text = new StringBuilder("its process ended: ").append(report.exit());
		report.stderr().forEach((line) -> text.append("\n    stderr: ").append(line));
		return text.toString();
	}

	private void tellOfLoopback() {
		if (!this.toldOfLoopback) {
			this.toldOfLoopback = true;
			this.log.warn("Unix domain sockets can't be used here; child JVMs are reached through the loopback"
					+ " interface, guarded by a token");
		}
	}

}
