package io.github.workerpool.message;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that is a thread of this JVM. If it doesn't end when it is told to, it is
 * abandoned: nobody waits for it, and it can reach nobody.
 */
final class ThreadRun implements ScriptRun {

	private static final Logger LOG = LoggerFactory.getLogger(ThreadRun.class);

	private final Site site = Site.HERE;

	private final String name;

	private final Class<? extends WorkerScript> script;

	private final Duration grace;

	private final Host host;

	private final ScriptLoop loop;

	private final MessagePort parentPort;

	private final Message data;

	private final ScriptThread thread;

	private final AtomicBoolean over = new AtomicBoolean();

	private final AtomicBoolean told = new AtomicBoolean();

	ThreadRun(String name, Class<? extends WorkerScript> script, long stackSize, Duration grace, Host host,
			MessagePort parentPort, Message data) {
		this.name = name;
		this.script = script;
		this.grace = grace;
		this.host = host;
		this.parentPort = parentPort;
		this.data = data;
		this.loop = new ScriptLoop(name);
		this.thread = new ScriptThread(this.loop, this::run, "workerpool-script-" + name, stackSize, Envelope.loader());
	}

	@Override
	public void start() {
		try {
			this.thread.start();
		}
		catch (OutOfMemoryError ex) {
			end(1, new WorkerStartException(
					"Worker '" + this.name + "' can't start: this JVM can start no more threads", ex));
		}
	}

	private void run() {
		Scope scope = new Scope(this.name, Isolation.THREAD, this.loop, this.parentPort, this.data);
		ScriptLoop.Outcome outcome = this.loop.run(() -> scope.run(this.script, this.host::online));
		if (!end(outcome.code(), outcome.error())) {
			LOG.info("The abandoned thread of worker '{}' has ended", this.name);
			this.site.abandoned(-1);
		}
	}

	private boolean end(int code, @Nullable Throwable error) {
		if (!this.over.compareAndSet(false, true)) {
			return false;
		}
		this.loop.closeAll();
		this.parentPort.close();
		this.data.discard();
		this.host.ended(code, error);
		return true;
	}

	@Override
	public void terminate() {
		this.loop.terminate();
		if (this.told.compareAndSet(false, true) && !this.over.get()) {
			CompletableFuture.delayedExecutor(this.grace.toNanos(), TimeUnit.NANOSECONDS, this.site.threads::execute)
				.execute(this::abandon);
		}
	}

	private void abandon() {
		if (this.over.get()) {
			return;
		}
		this.site.abandoned(1);
		if (end(1, null)) {
			LOG.warn(
					"Worker '{}' ignores that it was told to end {} ms ago; its thread '{}' is abandoned and runs on. Have it look at 'isTerminated()', or use isolation 'process'",
					this.name, this.grace.toMillis(), this.thread.getName());
		}
		else {
			this.site.abandoned(-1);
		}
	}

}
