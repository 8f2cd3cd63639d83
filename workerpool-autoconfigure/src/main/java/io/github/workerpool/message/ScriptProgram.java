package io.github.workerpool.message;

import java.io.IOException;
import java.util.Set;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.process.ChannelClosedException;
import io.github.workerpool.process.ChildProgram;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.ThrowableCodec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a child JVM does that runs a worker's script: one thread reads what the parent
 * sends, and the worker's own runs the script. Whoever has something to send does so on
 * its own thread, under the lock of the site; the parent always reads.
 */
final class ScriptProgram implements ChildProgram, Link {

	private static final long LOOK_NANOS = 60_000_000_000L;

	/** The parent takes over memory as soon as it reads. */
	private static final long MEMORY_MILLIS = 5000;

	private static final byte[] NOTHING = {};

	private final Site site = Site.HERE;

	private final ScriptLoop loop = new ScriptLoop("script");

	private @Nullable Surroundings surroundings;

	private @Nullable Wire wire;

	/** Guarded by the lock of the site. */
	private boolean silent;

	/** Called by name, in a child. */
	ScriptProgram() {
	}

	@Override
	public void start(Surroundings given) {
		this.surroundings = given;
		long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L);
		this.wire = new Wire(given.sink(), given.source(), given.values(), new ThrowableCodec(given.values()),
				(pid) -> pid == parent || pid == ProcessHandle.current().pid());
		this.site.serve(given.values().cap(), this, this.loop);
		thread("workerpool-script-in", this::read).start();
	}

	private static Thread thread(String name, Runnable body) {
		Thread thread = new Thread(null, body, name, 0, false);
		thread.setDaemon(true);
		return thread;
	}

	private Surroundings surroundings() {
		Surroundings given = this.surroundings;
		if (given == null) {
			throw new IllegalStateException("The program was not started");
		}
		return given;
	}

	private Wire wire() {
		Wire open = this.wire;
		if (open == null) {
			throw new IllegalStateException("The program was not started");
		}
		return open;
	}

	@Override
	public void interrupt() {
		this.loop.terminate();
	}

	private static Logger log() {
		return LoggerFactory.getLogger(ScriptProgram.class);
	}

	// On the reading thread

	private void read() {
		try {
			this.site.lock.lock();
			try {
				surroundings().sink().send(FrameType.READY, true, 0, 0, NOTHING, 0, 0);
				surroundings().sink().flush();
			}
			finally {
				this.site.lock.unlock();
			}
			while (true) {
				Frame frame = wire().read(this.site, this, LOOK_NANOS);
				if (frame != null) {
					handle(frame);
				}
			}
		}
		catch (OutOfMemoryError ex) {
			surroundings().death().accept(ex);
		}
		catch (ChannelClosedException ex) {
			// The main thread sees to the rest
			log().debug("The parent is gone", ex);
		}
		catch (Throwable ex) {
			log().error("Worker '{}' can't go on", surroundings().configuration().worker(), ex);
			Runtime.getRuntime().halt(1);
		}
	}

	private void handle(Frame frame) throws IOException {
		switch (frame.op()) {
			case SCRIPT -> begin(frame);
			case RECEIVED -> wire().received(frame.amount());
			default -> {
				this.site.lock.lock();
				try {
					if (frame.op() == Frame.Op.BROADCAST) {
						this.site.broadcast(frame.name(), frame.content(), null, this);
					}
					else {
						this.site.handle(frame, this);
					}
				}
				finally {
					this.site.lock.unlock();
				}
			}
		}
	}

	private void begin(Frame frame) {
		this.site.number(frame.id());
		String[] names = frame.name().split("\n", 2);
		Message data = frame.content();
		MessagePort parentPort = (MessagePort) data.attachments().get(data.attachments().size() - 1);
		Scope scope = new Scope(names[0], Isolation.PROCESS, this.loop, parentPort, data);
		// A script may end this JVM in its first moment
		Runtime.getRuntime().addShutdownHook(thread("workerpool-script-exit", () -> {
			say(Frame.of(Frame.Op.LEAVING, 0));
			wire().awaitReceived(MEMORY_MILLIS);
		}));
		new ScriptThread(this.loop, () -> run(scope, names[1]), "workerpool-script-" + names[0],
				surroundings().configuration().stackSize(), surroundings().loader())
			.start();
	}

	// On the worker's thread

	private void run(Scope scope, String script) {
		ScriptLoop.Outcome outcome = this.loop
			.run(() -> scope.run(load(scope.name(), script), () -> say(Frame.of(Frame.Op.ONLINE, 0))));
		Throwable error = outcome.error();
		if (error != null) {
			OutOfMemoryError exhausted = exhaustion(error);
			if (exhausted != null) {
				surroundings().death().accept(exhausted);
			}
			say(error);
		}
		wire().awaitReceived(MEMORY_MILLIS);
		this.site.lock.lock();
		try {
			say(Frame.number(Frame.Op.EXIT, outcome.code()));
			this.silent = true;
		}
		finally {
			this.site.lock.unlock();
		}
		System.exit(outcome.code());
	}

	private Class<?> load(String worker, String script) {
		try {
			return Class.forName(script, true, surroundings().loader());
		}
		catch (ClassNotFoundException | LinkageError ex) {
			throw new WorkerStartException("Worker '" + worker + "' can't start script '" + script
					+ "': a child JVM can't load its class, which must be on the class path and not be made at run time",
					ex);
		}
	}

	private static @Nullable OutOfMemoryError exhaustion(Throwable error) {
		Throwable cause = (error.getCause() instanceof OutOfMemoryError) ? error.getCause() : error;
		return (cause instanceof OutOfMemoryError exhausted) ? exhausted : null;
	}

	private void say(Throwable error) {
		this.site.lock.lock();
		try {
			if (!this.silent) {
				wire().write(error);
			}
		}
		catch (IOException ex) {
			log().debug("The parent is gone", ex);
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private void say(Frame frame) {
		this.site.lock.lock();
		try {
			send(frame);
		}
		finally {
			this.site.lock.unlock();
		}
	}

	// Link, under the lock of the site

	@Override
	public void send(Frame frame) {
		if (this.silent) {
			return;
		}
		try {
			wire().write(frame);
		}
		catch (IOException ex) {
			log().debug("The parent is gone", ex);
		}
	}

	@Override
	public long number() {
		return 0;
	}

	@Override
	public long cap() {
		return this.site.cap();
	}

	@Override
	public Set<String> subscriptions() {
		return Set.of();
	}

}
