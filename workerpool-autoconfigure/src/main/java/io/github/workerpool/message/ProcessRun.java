package io.github.workerpool.message;

import java.io.IOException;
import java.io.UTFDataFormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.process.BadFrameException;
import io.github.workerpool.process.ChildBudget;
import io.github.workerpool.process.ChildJvm;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that is a child JVM. One thread starts it and then reads what it sends; what
 * is sent to it waits in a queue for another thread, so that nobody who posts has to
 * wait. The reader runs no user's code.
 */
final class ProcessRun implements ScriptRun, Link {

	private static final Logger LOG = LoggerFactory.getLogger(ProcessRun.class);

	private static final long LOOK_NANOS = 1_000_000_000;

	private static final long LEAVE_NANOS = 10_000_000_000L;

	private static final Frame STOP = Frame.named(Frame.Op.RECEIVED, "");

	/** Exit codes from here on are signals. */
	private static final int FIRST_SIGNAL = 128;

	private final Site site = Site.HERE;

	private final long number = this.site.nextLink();

	private final String name;

	private final Class<? extends WorkerScript> script;

	private final Duration grace;

	private final Host host;

	private final long cap;

	private final ChildJvm child;

	private final MessagePort parentPort;

	private final Message data;

	private final LinkedBlockingQueue<Frame> queue = new LinkedBlockingQueue<>();

	/** Guarded by the lock of the site, as the next is. */
	private final Set<String> subscriptions = new HashSet<>();

	private boolean dead;

	private final AtomicBoolean told = new AtomicBoolean();

	private volatile boolean killed;

	private volatile @Nullable Wire wire;

	private @Nullable Integer exitCode;

	private boolean online;

	private boolean leaving;

	private @Nullable Throwable error;

	ProcessRun(String name, Class<? extends WorkerScript> script, PoolSettings settings, Duration grace, Host host,
			MessagePort parentPort, Message data, ChildBudget budget, boolean endsWithJvm) {
		this.name = name;
		this.script = script;
		this.grace = grace;
		this.host = host;
		this.parentPort = parentPort;
		this.data = data;
		this.cap = settings.process().maxPayloadSize();
		this.child = new ChildJvm(settings, name, budget, List.of(script));
		if (endsWithJvm) {
			this.child.closeAtExit();
		}
	}

	@Override
	public void start() {
		List<Object> attachments = new ArrayList<>(this.data.attachments());
		attachments.add(this.parentPort);
		Message message = this.data.with(attachments);
		this.site.lock.lock();
		try {
			this.site.opened(this);
			this.site.carry(this, Frame.Op.SCRIPT, this.number, this.name + '\n' + this.script.getName(), message);
		}
		finally {
			this.site.lock.unlock();
		}
		try {
			thread("in", this::serve).start();
		}
		catch (OutOfMemoryError ex) {
			this.child.close();
			over();
			this.host.ended(1, new WorkerStartException(
					"Worker '" + this.name + "' can't start: this JVM can start no more threads", ex));
		}
	}

	private Thread thread(String role, Runnable body) {
		Thread thread = new Thread(null, body, "workerpool-script-" + this.name + "-" + role, 0, false);
		thread.setDaemon(true);
		return thread;
	}

	// On the reading thread

	private void serve() {
		int code = 1;
		Throwable failure = null;
		try {
			this.child.open();
			Wire open = new Wire(this.child.requests(), this.child.replies(), this.child.values(),
					this.child.throwables(), this::isTrusted);
			this.wire = open;
			thread("out", () -> write(open)).start();
			read(open);
			ChildJvm.Death death = this.child.awaitDeath();
			code = code(death);
			failure = failure(death, code);
		}
		catch (WorkerStartException ex) {
			failure = this.killed ? null : ex;
		}
		catch (Throwable ex) {
			failure = this.killed ? null : new WorkerStartException("Worker '" + this.name + "' can't be served", ex);
		}
		finally {
			over();
			this.child.close();
			this.host.ended(code, failure);
		}
	}

	/** It takes over what it is given, and what comes back is of this JVM. */
	private boolean isTrusted(long pid) {
		OptionalLong own = this.child.pid();
		return pid == ProcessHandle.current().pid() || (own.isPresent() && own.getAsLong() == pid);
	}

	private void read(Wire open) {
		try {
			while (true) {
				Frame frame = open.read(this.site, this, LOOK_NANOS);
				if (frame != null) {
					handle(frame, open);
				}
			}
		}
		catch (BadFrameException ex) {
			this.child.kill("was killed because it broke the rules of its channel: " + ex.getMessage());
		}
		catch (IOException ex) {
			LOG.debug("The channel to worker '{}' has ended", this.name, ex);
		}
	}

	private void handle(Frame frame, Wire open) throws BadFrameException {
		switch (frame.op()) {
			case ONLINE -> {
				if (this.online) {
					throw new BadFrameException("A child said twice that it is online");
				}
				this.online = true;
				this.host.online();
			}
			case ERROR -> this.error = (Throwable) frame.content().attachments().get(0);
			case EXIT -> {
				this.exitCode = (int) frame.amount();
				leave();
			}
			case LEAVING -> {
				this.leaving = true;
				leave();
			}
			case RECEIVED -> open.received(frame.amount());
			case SCRIPT -> throw new BadFrameException("A child sent a script");
			default -> {
				this.site.lock.lock();
				try {
					route(frame);
				}
				finally {
					this.site.lock.unlock();
				}
			}
		}
	}

	/** What its JVM does at its end may hang. */
	private void leave() {
		CompletableFuture.delayedExecutor(this.grace.toNanos() + LEAVE_NANOS, TimeUnit.NANOSECONDS, Runnable::run)
			.execute(this.child::kill);
	}

	private void locked(Runnable action) {
		this.site.lock.lock();
		try {
			action.run();
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private void route(Frame frame) throws BadFrameException {
		switch (frame.op()) {
			case SUBSCRIBE -> this.subscriptions.add(frame.name());
			case UNSUBSCRIBE -> this.subscriptions.remove(frame.name());
			case BROADCAST -> this.site.broadcast(frame.name(), frame.content(), null, this);
			default -> this.site.handle(frame, this);
		}
	}

	/** What the worker has said counts before what its process has. */
	private int code(ChildJvm.Death death) {
		Integer said = this.exitCode;
		if (said != null) {
			return said;
		}
		Integer exited = death.report().exitCode();
		return (this.killed || this.error != null || death.limit() != null || exited == null) ? 1 : exited;
	}

	private @Nullable Throwable failure(ChildJvm.Death death, int code) {
		Throwable known = this.error;
		if (known instanceof StackOverflowError) {
			return new ResourceLimitExceededException(Limit.STACK,
					"Worker '" + this.name
							+ "' overflowed its stack; if that much is needed, raise 'resource-limits.stack-size'",
					known);
		}
		if (known != null) {
			return known;
		}
		if (this.exitCode != null || this.killed || (this.leaving && code < FIRST_SIGNAL && death.limit() == null)) {
			return null;
		}
		CrashReport report = death.report();
		Limit limit = death.limit();
		if (limit != null) {
			return new ResourceLimitExceededException(limit,
					"Worker '" + this.name + "' exhausted its memory: " + report.exit()
							+ "; if that much is needed, raise '" + death.key() + "'",
					new WorkerCrashedException("Worker '" + this.name + "' died: " + report.exit(), report));
		}
		return new WorkerCrashedException("Worker '" + this.name + "' died: " + report.exit(), report);
	}

	private void over() {
		locked(() -> {
			this.dead = true;
			for (Frame left = this.queue.poll(); left != null; left = this.queue.poll()) {
				discard(left);
			}
			this.queue.add(STOP);
			this.site.died(this);
		});
		Wire open = this.wire;
		if (open != null) {
			try {
				open.release();
			}
			catch (RuntimeException | Error ex) {
				LOG.warn("What was on its way to worker '{}' could not be freed", this.name, ex);
			}
		}
	}

	private static void discard(Frame frame) {
		Message message = frame.message();
		if (message != null) {
			message.discard();
		}
	}

	// On the writing thread

	private void write(Wire open) {
		try {
			for (Frame next = this.queue.take(); next != STOP; next = this.queue.take()) {
				open.write(next);
			}
		}
		catch (UTFDataFormatException ex) {
			LOG.error("A name is too long to be sent to worker '{}', which is killed", this.name, ex);
			this.child.kill("was killed because a name was too long to be sent to it");
		}
		catch (IOException ex) {
			LOG.debug("The channel to worker '{}' has ended", this.name, ex);
		}
		catch (InterruptedException ex) {
			LOG.debug("Nothing more is sent to worker '{}'", this.name, ex);
		}
		catch (RuntimeException | Error ex) {
			LOG.error("Nothing more can be sent to worker '{}', which is killed", this.name, ex);
			this.child.kill("was killed because nothing could be sent to it");
		}
	}

	// Link, under the lock of the site

	@Override
	public void send(Frame frame) {
		if (this.dead) {
			discard(frame);
		}
		else {
			this.queue.add(frame);
		}
	}

	@Override
	public long number() {
		return this.number;
	}

	@Override
	public long cap() {
		return this.cap;
	}

	@Override
	public Set<String> subscriptions() {
		return this.subscriptions;
	}

	// On any thread

	@Override
	public OptionalLong pid() {
		return this.child.pid();
	}

	@Override
	public void terminate() {
		this.killed = true;
		this.child.interrupt();
		if (this.wire == null || this.grace.isZero()) {
			this.child.kill();
		}
		else if (this.told.compareAndSet(false, true)) {
			CompletableFuture.delayedExecutor(this.grace.toNanos(), TimeUnit.NANOSECONDS, this.site.threads::execute)
				.execute(this.child::kill);
		}
	}

}
