package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.github.workerpool.CrashReport;
import io.github.workerpool.MethodTask;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.core.TaskRun;
import io.github.workerpool.core.WorkerBackend;
import io.github.workerpool.core.WorkerDeath;
import io.github.workerpool.core.WorkerHost;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that is a child JVM, seen from the thread that drives it: sends a task, and
 * reads what comes until that is the end of the task.
 * <p>
 * <strong>Hazard:</strong> anything may come at any time, and the child may end at any
 * time. Whatever is read counts only if it is about the run that it should be about; the
 * end of the channel is believed only after all that was sent before has been read.
 */
final class ChildWorker implements WorkerBackend {

	private static final Logger LOG = LoggerFactory.getLogger(ChildWorker.class);

	private static final long LOOK_NANOS = 1_000_000_000;

	/**
	 * Time to tell the parent what was in the way, between the end of the channel and the
	 * exit.
	 */
	private static final long LAST_WORDS_SECONDS = 5;

	private static final long LEAVE_SECONDS = 5;

	/**
	 * How long a child may take over a task before what was sent ahead is taken back.
	 */
	private static final long LONG_RUN_NANOS = 1_000_000;

	/** The same for a child that has not even begun, as it may have no processor. */
	private static final int LOOKS_BEFORE_START = 10;

	/** Longest task that is sent ahead. */
	private static final int AHEAD_BYTES = 1024;

	/** In several frames, each with its header. */
	private static final int ROOM_AHEAD_BYTES = 2 * AHEAD_BYTES;

	/** After a child had to wait for its answer to be read: runs without others ahead. */
	private static final int RUNS_AFTER_HOLD = 64;

	private static final byte[] NOTHING = {};

	private final WorkerHost host;

	private final ProcessWorkerFactory factory;

	private volatile @Nullable ChildProcess process;

	private volatile @Nullable ChildConnection connection;

	private volatile boolean killed;

	private volatile boolean leaving;

	/** Whether the driving thread runs a user's code, and so may be stuck in it. */
	private volatile boolean inUserCode;

	private volatile @Nullable Exchange current;

	/** Runs that were sent while another one runs, in their order. */
	private final ArrayDeque<Exchange> ahead = new ArrayDeque<>(64);

	private int runsAfterHold;

	/** Number of the last run whose answer was read, modulo 2<sup>32</sup>. */
	private volatile int answered;

	/** Held while the memory that is shared with the child is surely still its. */
	private final Object using = new Object();

	private @Nullable FrameInput input;

	private final Cargo.Unloading unloading = new Cargo.Unloading(this::isTrusted);

	private long lastNumber;

	/** Definitions that the child was told. */
	private int defined;

	ChildWorker(WorkerHost host, ProcessWorkerFactory factory) {
		this.host = host;
		this.factory = factory;
	}

	@Override
	public void open() {
		if (this.killed) {
			throw new WorkerStartException("Worker '" + this.host.workerId() + "' was told to end", null);
		}
		ChildConnection opened = this.factory.starter().start(this.host.workerId(), this::launched, () -> this.killed);
		FrameInput in = new FrameInput(opened.replies());
		in.resolve(this.unloading);
		this.input = in;
		this.connection = opened;
		opened.process().onExit().thenRun(this::ended);
	}

	private void launched(ChildProcess child) {
		this.process = child;
		if (this.killed) {
			child.kill();
		}
	}

	private void ended() {
		if (!this.leaving) {
			this.host.died();
		}
	}

	/** It names its own memory, or sends back what it was given. */
	private boolean isTrusted(long pid) {
		return pid == connection().process().pid() || pid == ProcessHandle.current().pid();
	}

	private ChildConnection connection() {
		ChildConnection open = this.connection;
		if (open == null) {
			throw new IllegalStateException("The worker is not open");
		}
		return open;
	}

	@Override
	public @Nullable Object run(TaskRun<?> task) throws Throwable {
		ChildConnection child = connection();
		Exchange before = this.ahead.pollFirst();
		Exchange exchange = (before != null) ? before : new Exchange(task, ++this.lastNumber);
		Reply reply;
		try {
			this.current = exchange;
			child.process().currentTask(task.id());
			if (before == null) {
				send(child, exchange);
			}
			else if (before.task != task) {
				throw new BadFrameException("The answer that comes next is not about task " + task.id());
			}
			try {
				sendAhead(child, exchange);
			}
			catch (RuntimeException | Error ex) {
				LOG.debug("No further tasks could be sent to worker '{}'", this.host.workerId(), ex);
			}
			if (exchange.items != null) {
				exchange.items.requestFrom((items) -> exchange.request(child, items));
			}
			if (task.isStopRequested()) {
				// It was told to stop before it could be found here
				child.cancel(exchange.number);
			}
			reply = receive(child, exchange);
			this.answered = (int) exchange.number;
			confirmMemory(child, exchange);
		}
		catch (BadFrameException ex) {
			child.kill("was killed because it broke the rules of its channel: " + ex.getMessage());
			throw death(child, exchange);
		}
		catch (IOException ex) {
			LOG.debug("The channel to worker '{}' has ended", this.host.workerId(), ex);
			throw death(child, exchange);
		}
		finally {
			child.process().currentTask(null);
			this.current = null;
		}
		exchange.release();
		if (reply.error() != null) {
			throw reply.error();
		}
		return reply.value();
	}

	/**
	 * The child need not keep what has come. If nobody wants it any more, it is freed.
	 */
	private void confirmMemory(ChildConnection child, Exchange exchange) {
		if (!this.unloading.wasUnloaded()) {
			return;
		}
		if (exchange.task.isStopRequested()) {
			this.unloading.discard();
		}
		this.unloading.begin();
		try {
			child.requests().send(FrameType.UNLOADED, true, exchange.number, 0, NOTHING, 0, 0);
			child.requests().flush();
		}
		catch (IOException ex) {
			LOG.debug("The channel to worker '{}' has ended after a run", this.host.workerId(), ex);
		}
	}

	// To the child

	private void send(ChildConnection child, Exchange exchange) throws IOException {
		TaskRun<?> task = exchange.task;
		EncodedTask encoded = exchange.encoded;
		FrameSink requests = child.requests();
		while (this.defined < encoded.definitions()) {
			this.factory.definitions().get(this.defined).sendTo(requests, FrameType.DEFINE, this.defined, 0);
			this.defined++;
		}
		Bytes context = contextOf(task);
		if (context != null) {
			context.sendTo(requests, FrameType.CONTEXT, exchange.number, 0);
		}
		encoded.bytes().sendTo(requests, FrameType.TASK, exchange.number, task.sequence());
		requests.flush();
	}

	/**
	 * Sends further tasks while the child has one, if tasks are so short that it would
	 * wait for them longer than it runs them. Until one has begun it can be taken back,
	 * and none begins as long as the child waits for something to be read that it said
	 * before.
	 */
	private void sendAhead(ChildConnection child, Exchange current) throws IOException {
		if (child.region() == null || this.runsAfterHold-- > 0) {
			return;
		}
		this.runsAfterHold = 0;
		Exchange last = this.ahead.isEmpty() ? current : this.ahead.getLast();
		boolean sent = false;
		try {
			for (int room = last.mayBeFollowed() ? this.host.roomAhead() : 0; room > 0; room--) {
				TaskRun<?> task = this.host.takeAhead();
				if (task == null) {
					break;
				}
				last = sendAhead(child, task);
				if (last == null) {
					this.runsAfterHold = RUNS_AFTER_HOLD;
					break;
				}
				sent = true;
				if (!last.mayBeFollowed()) {
					break;
				}
			}
		}
		finally {
			if (sent) {
				child.requests().flush();
			}
		}
	}

	/**
	 * Sends a task if nothing goes with it, and if there is room: while this thread
	 * waited for some, the child might wait for this thread.
	 * @return {@code null} if it was put back
	 */
	private @Nullable Exchange sendAhead(ChildConnection child, TaskRun<?> task) throws IOException {
		FrameSink requests = child.requests();
		Exchange exchange = null;
		try {
			Exchange prepared = new Exchange(task, this.lastNumber + 1);
			if (prepared.isPlain() && this.defined >= prepared.encoded.definitions()
					&& prepared.encoded.bytes().size() <= AHEAD_BYTES && requests.hasRoom(ROOM_AHEAD_BYTES)) {
				exchange = prepared;
			}
		}
		finally {
			// Also for want of memory
			if (exchange == null) {
				this.host.putBack(task);
			}
		}
		if (exchange != null) {
			this.lastNumber++;
			this.ahead.addLast(exchange);
			exchange.encoded.bytes().sendTo(requests, FrameType.TASK, exchange.number, task.sequence());
		}
		return exchange;
	}

	@Override
	public void takeBack() {
		SharedRegion region = connection().region();
		if (region != null && !this.ahead.isEmpty()) {
			takeBack(region);
		}
	}

	private int takeBack(SharedRegion region) {
		int started = region.takeBack(this.lastNumber);
		while (!this.ahead.isEmpty() && this.ahead.getLast().isAfter(started)) {
			this.host.putBack(this.ahead.removeLast().task);
		}
		return started;
	}

	/**
	 * Takes back what waits behind a task that takes its time. If not even that has
	 * begun, it was taken back too, and is sent again.
	 */
	private void takeBackBehind(ChildConnection child, Exchange exchange) throws IOException {
		SharedRegion region = child.region();
		if (region != null && exchange.isAfter(takeBack(region))) {
			exchange.number = ++this.lastNumber;
			send(child, exchange);
			if (exchange.task.isStopRequested()) {
				child.cancel(exchange.number);
			}
		}
	}

	/**
	 * The child begins with nothing more before what it said is read, as that takes code
	 * of the application's.
	 */
	private void release(Exchange exchange) {
		SharedRegion region = connection().region();
		if (!exchange.held && region != null) {
			exchange.held = true;
			this.runsAfterHold = RUNS_AFTER_HOLD;
			takeBack(region);
		}
	}

	@Override
	public boolean confine(TaskRun<?> task, boolean again) {
		synchronized (this.using) {
			ChildConnection child = this.connection;
			SharedRegion region = (child != null && !this.leaving) ? child.region() : null;
			if (region == null) {
				return true;
			}
			int started = region.hold();
			Exchange running = this.current;
			if (running == null || running.task != task) {
				// It is over, or it has not come as far; but another may have begun
				return started == this.answered;
			}
			// A child that says so for long doesn't speak the truth
			return again || !running.isBefore(started);
		}
	}

	/** What the child can take over of the submitter's context. */
	private @Nullable Bytes contextOf(TaskRun<?> task) {
		TaskContext.Captured context = task.context();
		if (!(context instanceof Serializable)) {
			return null;
		}
		try {
			HeapOutput out = new HeapOutput(this.factory.values().cap());
			this.factory.values().write(context, out);
			return out.toBytes();
		}
		catch (IOException | RuntimeException | StackOverflowError ex) {
			this.factory.contextLost(ex);
			return null;
		}
	}

	// From the child

	private Reply receive(ChildConnection child, Exchange exchange) throws IOException {
		FrameSource replies = child.replies();
		while (true) {
			for (int looks = 1; !replies.next(this.ahead.isEmpty() ? LOOK_NANOS : LONG_RUN_NANOS); looks++) {
				if (!this.ahead.isEmpty() && (hasBegun(child, exchange) || looks >= LOOKS_BEFORE_START)) {
					takeBackBehind(child, exchange);
				}
				exchange.requestAgain(child);
			}
			exchange.requestAgain(child);
			if (replies.number() != exchange.number) {
				throw new BadFrameException("A frame of type %s is about run %d, but %d is running"
					.formatted(replies.type(), replies.number(), exchange.number));
			}
			Reply reply = switch (replies.type()) {
				case RESULT -> result(exchange);
				case ERROR -> error(child, exchange);
				case EVENT -> event(exchange);
				case ITEM -> item(exchange);
				case PROGRESS -> progress(replies, exchange);
				case STARTED -> started(exchange);
				case FATAL -> fatal(replies, exchange);
				default -> throw new BadFrameException("A frame of type " + replies.type() + " in the middle of a run");
			};
			if (reply != null) {
				return reply;
			}
		}
	}

	private static boolean hasBegun(ChildConnection child, Exchange exchange) {
		SharedRegion region = child.region();
		return (region != null) ? region.isStarted(exchange.number) : exchange.started;
	}

	private @Nullable Reply result(Exchange exchange) throws IOException {
		long argument = connection().replies().argument();
		if ((argument & TaskForm.HELD) != 0) {
			release(exchange);
		}
		long returned = argument & ~TaskForm.HELD;
		Decoded decoded = decode(Part.RESULT);
		if (decoded.aborted()) {
			// An error follows
			return null;
		}
		Throwable failure = (decoded.failure() != null) ? decoded.failure() : exchange.eventFailure;
		if (failure != null) {
			return new Reply(null, failure);
		}
		Object value = decoded.value();
		if (returned == TaskForm.MONO || returned == TaskForm.FLUX) {
			return new Reply(Reactive.of(returned, value), null);
		}
		boolean promised = returned == TaskForm.PROMISED;
		return new Reply((promised && !exchange.unwraps) ? CompletableFuture.completedFuture(value) : value, null);
	}

	private @Nullable Reply event(Exchange exchange) throws IOException {
		release(exchange);
		Decoded decoded = decode(Part.EVENT);
		if (decoded.failure() != null) {
			// It can't be told to the task any more, and must not be lost without a word
			exchange.eventFailure = decoded.failure();
		}
		else if (!decoded.aborted() && decoded.value() != null) {
			enterUserCode();
			try {
				exchange.task.emit(decoded.value());
			}
			finally {
				this.inUserCode = false;
			}
		}
		return null;
	}

	private @Nullable Reply item(Exchange exchange) throws IOException {
		release(exchange);
		Decoded decoded = decode(Part.RESULT);
		MethodTask<?> items = exchange.items;
		if (decoded.failure() != null) {
			if (exchange.eventFailure == null) {
				exchange.eventFailure = decoded.failure();
				connection().cancel(exchange.number);
			}
		}
		else if (!decoded.aborted() && decoded.value() != null && items != null && exchange.eventFailure == null) {
			enterUserCode();
			try {
				items.accept(decoded.value());
			}
			catch (RuntimeException | Error ex) {
				exchange.eventFailure = ex;
				connection().cancel(exchange.number);
			}
			finally {
				this.inUserCode = false;
			}
		}
		return null;
	}

	private static @Nullable Reply progress(FrameSource replies, Exchange exchange) {
		exchange.task.progress(Double.longBitsToDouble(replies.argument()));
		return null;
	}

	private static @Nullable Reply started(Exchange exchange) {
		exchange.started = true;
		return null;
	}

	private static @Nullable Reply fatal(FrameSource replies, Exchange exchange) {
		exchange.fatal = replies.argument();
		return null;
	}

	/**
	 * Reads a value, and with it the whole message, whatever becomes of the value.
	 */
	private Decoded decode(Part part) throws IOException {
		FrameInput in = input();
		in.begin(this.factory.values().cap());
		this.unloading.begin();
		Object value = null;
		Throwable failure = null;
		enterUserCode();
		try {
			value = this.factory.values().read(in);
		}
		catch (Throwable ex) {
			// What a user's class throws while it is read; the rest of the message must
			// be
			// read all the same
			failure = ex;
		}
		finally {
			this.inUserCode = false;
		}
		boolean whole = in.skipRest();
		if (!whole || failure != null) {
			this.unloading.discard();
		}
		if (whole && failure instanceof BadFrameException broken) {
			throw broken;
		}
		return new Decoded(value, (failure != null) ? SerializationFailures.ofDecoding(part, failure) : null, !whole);
	}

	private @Nullable Reply error(ChildConnection child, Exchange exchange) throws IOException {
		release(exchange);
		FrameInput in = input();
		in.begin(this.factory.throwables().cap());
		Throwable error;
		enterUserCode();
		try {
			error = this.factory.throwables().read(in);
		}
		finally {
			this.inUserCode = false;
		}
		in.skipRest();
		if (fatalCause(child, exchange) != 0) {
			// Its last words; the end of the channel is next
			exchange.lastWords = error;
			return null;
		}
		if (exchange.items != null && exchange.eventFailure != null) {
			// It was told to stop because of this
			return new Reply(null, exchange.eventFailure);
		}
		if (error instanceof StackOverflowError) {
			error = new ResourceLimitExceededException(Limit.STACK,
					"Task '" + exchange.task.name() + "' (" + exchange.task.id()
							+ ") overflowed its stack; if that much is needed, raise 'resource-limits.stack-size'",
					error);
		}
		return new Reply(null, error);
	}

	/**
	 * What comes next may take as long as it likes. If this worker was killed it must not
	 * begin, as nobody would interrupt it any more: who kills looks for that afterwards.
	 */
	private void enterUserCode() throws ChannelClosedException {
		this.inUserCode = true;
		if (this.killed) {
			this.inUserCode = false;
			throw new ChannelClosedException();
		}
	}

	private FrameInput input() {
		FrameInput in = this.input;
		if (in == null) {
			throw new IllegalStateException("The worker is not open");
		}
		return in;
	}

	// The end of the child

	private static long fatalCause(ChildConnection child, Exchange exchange) {
		SharedRegion region = child.region();
		return (region != null) ? region.fatal() : exchange.fatal;
	}

	private WorkerDeath death(ChildConnection child, Exchange exchange) {
		child.awaitExit(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
		TaskRun<?> task = exchange.task;
		ChildDeath death = ChildDeath.of(child, task.name(), task.id(), fatalCause(child, exchange));
		boolean started = hasBegun(child, exchange);
		Limit limit = death.limit();
		if (started) {
			exchange.release();
		}
		if (limit == null) {
			return new WorkerDeath(death.report(), started, null);
		}
		OutOfMemoryError cause = (exchange.lastWords instanceof OutOfMemoryError known) ? known
				: new OutOfMemoryError(ChildDeath.words(limit));
		ResourceLimitExceededException error = new ResourceLimitExceededException(limit,
				"Task '" + task.name() + "' (" + task.id() + ") exhausted the memory of its worker: "
						+ cause.getMessage() + "; if that much is needed, raise '" + ChildDeath.key(limit) + "'",
				cause);
		return new WorkerDeath(death.because("out of memory: " + cause.getMessage()).report(), started, error);
	}

	// On any thread

	@Override
	public void interrupt(TaskRun<?> task) {
		ChildConnection child = this.connection;
		Exchange running = this.current;
		if (child != null && running != null && running.task == task) {
			child.cancel(running.number);
		}
	}

	@Override
	public boolean kill() {
		this.killed = true;
		ChildProcess child = this.process;
		if (child != null) {
			child.kill();
		}
		if (this.inUserCode) {
			// An object that is being made here, or a listener that is far behind
			this.host.thread().interrupt();
		}
		return true;
	}

	@Override
	public boolean isAlive() {
		ChildProcess child = this.process;
		return child != null && child.isAlive();
	}

	@Override
	public @Nullable CrashReport deathWhileIdle() {
		ChildConnection child = this.connection;
		if (child == null) {
			return null;
		}
		child.awaitExit(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
		return ChildDeath.of(child, null, null, 0).report();
	}

	@Override
	public Usage usage() {
		ChildConnection child = this.connection;
		if (child == null) {
			return Usage.UNKNOWN;
		}
		Exchange running = this.current;
		long[] sample = (running != null) ? child.sampleOf(running.number) : null;
		ChildProcess of = child.process();
		return new Usage(of.pid(), of.cpuNanos(), (sample != null) ? sample[0] : -1, (sample != null) ? sample[1] : -1,
				child.heapUsed(), of.residentSize());
	}

	@Override
	public void close() {
		synchronized (this.using) {
			this.leaving = true;
		}
		ChildConnection child = this.connection;
		if (child == null) {
			return;
		}
		this.factory.heartbeats().forget(child);
		if (this.killed) {
			child.close();
		}
		else {
			child.leave(LEAVE_SECONDS, TimeUnit.SECONDS);
		}
	}

	/**
	 * Makes of the end of something reactive what the task's caller gets. Reactor need
	 * not be there unless a task has returned something of its.
	 */
	private static final class Reactive {

		private static final String PUBLISHERS = "reactor.core.publisher.";

		private Reactive() {
		}

		static Object of(long returned, @Nullable Object value) {
			try {
				return (returned == TaskForm.FLUX) ? make("Flux", "fromIterable", Iterable.class, value)
						: make("Mono", "justOrEmpty", Object.class, value);
			}
			catch (ReflectiveOperationException | LinkageError ex) {
				throw new IllegalStateException("The task has returned something of Reactor's, which this JVM lacks",
						ex);
			}
		}

		private static Object make(String type, String method, Class<?> parameter, @Nullable Object value)
				throws ReflectiveOperationException {
			return Class.forName(PUBLISHERS + type).getMethod(method, parameter).invoke(null, value);
		}

	}

	/**
	 * A run that is on its way.
	 */
	private static final class Exchange {

		private final TaskRun<?> task;

		/** Another one if the task has to be sent again. */
		private volatile long number;

		private final EncodedTask encoded;

		private final boolean unwraps;

		/** Takes the items that the task publishes, if it does. */
		private final @Nullable MethodTask<?> items;

		/** Items asked for that the child was not told of. */
		private final AtomicLong untold = new AtomicLong();

		private boolean started;

		/** Whether the child has waited in this run for something to be read. */
		private boolean held;

		private long fatal;

		private @Nullable Throwable lastWords;

		private @Nullable Throwable eventFailure;

		Exchange(TaskRun<?> task, long number) {
			this.encoded = (EncodedTask) task.payload();
			this.task = task;
			this.number = number;
			this.unwraps = this.encoded.unwraps();
			this.items = this.encoded.items();
		}

		/** Whether it was sent after the one with a number, modulo 2<sup>32</sup>. */
		boolean isAfter(int other) {
			return (int) this.number - other > 0;
		}

		boolean isBefore(int other) {
			return (int) this.number - other < 0;
		}

		/** Whether others may be sent before it has ended. */
		boolean mayBeFollowed() {
			return isPlain() && this.task.getNumberOfDependents() == 0;
		}

		/** Whether nothing goes with the task, and nothing but its answer comes of it. */
		boolean isPlain() {
			return this.items == null && this.encoded.cargo() == null && this.task.context() == null;
		}

		/** What went with the task is its worker's, or freed if that is gone. */
		void release() {
			Cargo cargo = this.encoded.cargo();
			if (cargo != null && cargo.moves()) {
				cargo.release();
			}
		}

		/** Called on any thread. */
		void request(ChildConnection child, long items) {
			if (!child.request(this.number, items)) {
				this.untold.accumulateAndGet(items, (one, other) -> Math.max(one + other, one));
			}
		}

		void requestAgain(ChildConnection child) {
			if (this.items != null && this.untold.get() > 0) {
				request(child, this.untold.getAndSet(0));
			}
		}

	}

	/**
	 * How a run ended.
	 */
	private record Reply(@Nullable Object value, @Nullable Throwable error) {

	}

	/**
	 * What became of a message with a value.
	 */
	private record Decoded(@Nullable Object value, @Nullable TaskSerializationException failure, boolean aborted) {

	}

}
