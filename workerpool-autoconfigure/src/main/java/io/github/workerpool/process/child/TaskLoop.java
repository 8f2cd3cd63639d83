package io.github.workerpool.process.child;

import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.process.BadFrameException;
import io.github.workerpool.process.Bytes;
import io.github.workerpool.process.Cargo;
import io.github.workerpool.process.CarriedContext;
import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.Extension;
import io.github.workerpool.process.FrameInput;
import io.github.workerpool.process.FrameOutput;
import io.github.workerpool.process.FrameSink;
import io.github.workerpool.process.FrameSource;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.HeapOutput;
import io.github.workerpool.process.SerializationFailures;
import io.github.workerpool.process.SharedRegion;
import io.github.workerpool.process.SocketFrames;
import io.github.workerpool.process.TaskDecoder;
import io.github.workerpool.process.TaskForm;
import io.github.workerpool.process.ThrowableCodec;
import io.github.workerpool.process.ValueCodec;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the task thread of a child does: takes a request, runs it, sends the reply, one
 * after the other. Nobody stands between it and the parent; handing tasks over to another
 * thread of this JVM would cost two more wake-ups.
 * <p>
 * <strong>Hazard: interruption.</strong> A user's code is interrupted on this thread,
 * which also works the channel. So nothing of the channel that this thread touches minds
 * an interruption: memory doesn't, and the socket is never blocked on (see
 * {@code Doorbell}). A cancellation names its run, and is carried out by the main thread
 * under the same lock under which runs begin and end; the flag is cleared at the end. It
 * never reaches another run.
 * <p>
 * <strong>Hazard: replies.</strong> Events and progress come from any thread of the task
 * and may come late. They are sent under a lock, and only while their run is the one that
 * runs; before the result is sent, the run is over in this respect. So no event lies
 * within a result, and none comes after it.
 */
final class TaskLoop implements ChildWork, Runnable {

	private static final long PATIENCE_NANOS = 60_000_000_000L;

	private static final byte[] NOTHING = {};

	private static final long MOST_BYTES_KEPT = 256L << 20;

	private static final long HEAP = Limit.HEAP.ordinal() + 1L;

	private static final long METASPACE = Limit.METASPACE.ordinal() + 1L;

	private static final long DIRECT_MEMORY = Limit.DIRECT_MEMORY.ordinal() + 1L;

	/** Says that memory ran out, but none that a limit is about. */
	private static final long NO_LIMIT = 1000;

	private final ChildConfiguration configuration;

	/** Whether nothing of all this counts. */
	private final boolean rehearsing;

	private final ChildThread thread;

	private final Runtime runtime = Runtime.getRuntime();

	private final ClassLoader loader = loader();

	private final FrameSource source;

	private final FrameSink sink;

	private final @Nullable SharedRegion region;

	private final @Nullable RunUsage usage;

	private final FrameInput input;

	private final FrameOutput output;

	/** Guards what is sent, and which run may send events. */
	private final Object sending = new Object();

	private @Nullable RunContext talking;

	private final Cargo.Unloading unloading = new Cargo.Unloading(TaskLoop::isParent);

	/** In buffers that tasks got and gave to nobody, since the last collection. */
	private long bytesKept;

	/** Memory that the parent may not have yet; guarded by what guards sending. */
	private final List<Cargo> shipped = new ArrayList<>();

	/** Guards beginnings and ends of runs against cancellations. */
	private final Object turn = new Object();

	private volatile @Nullable RunContext running;

	private long ended;

	private final Set<Long> cancelledEarly = new HashSet<>();

	private @Nullable CarriedContext context;

	/** What the value of the run stands for, see {@link TaskForm}. */
	private long returned;

	/** Whether this side waits, after the run, for what it said to be read. */
	private boolean held;

	private volatile @Nullable ValueCodec values;

	/** Asked for further items of runs that have not begun; guarded by the turn. */
	private final Map<Long, Long> requestedEarly = new HashMap<>();

	private @Nullable Surroundings surroundings;

	private volatile String workerId;

	TaskLoop(ChildConfiguration configuration, FrameSource source, FrameSink sink, @Nullable SharedRegion region,
			SocketFrames control) {
		this(configuration, source, sink, region, configuration.sampled() ? control::wake : null, false);
	}

	private TaskLoop(ChildConfiguration configuration, FrameSource source, FrameSink sink,
			@Nullable SharedRegion region, @Nullable Runnable onBegin, boolean rehearsing) {
		this.rehearsing = rehearsing;
		this.configuration = configuration;
		this.workerId = configuration.worker();
		this.source = source;
		this.sink = sink;
		this.region = region;
		this.input = new FrameInput(source);
		this.input.resolve(this.unloading);
		this.output = new FrameOutput(sink);
		this.thread = new ChildThread(this, threadName(configuration.worker()), configuration.stackSize());
		this.thread.setContextClassLoader(this.loader);
		this.usage = (onBegin != null) ? new RunUsage(rehearsing ? Thread.currentThread() : this.thread, onBegin)
				: null;
	}

	/**
	 * Makes a loop for tasks that are only rehearsed, on the thread that calls this. It
	 * is never started.
	 */
	static TaskLoop rehearsing(ChildConfiguration configuration, FrameSource source, FrameSink sink) {
		Runnable nobody = () -> {
		};
		return new TaskLoop(configuration, source, sink, null, configuration.sampled() ? nobody : null, true);
	}

	/** In an executable jar the launcher sets the one that finds the application. */
	private static ClassLoader loader() {
		ClassLoader loader = Thread.currentThread().getContextClassLoader();
		return (loader != null) ? loader : ClassLoader.getSystemClassLoader();
	}

	private static boolean isParent(long pid) {
		return ProcessHandle.current().parent().map((parent) -> parent.pid() == pid).orElse(false);
	}

	private static String threadName(String worker) {
		return "workerpool-" + worker;
	}

	@Override
	public void start() {
		this.thread.start();
	}

	String poolName() {
		return this.configuration.pool();
	}

	String workerId() {
		return this.workerId;
	}

	@Override
	public @Nullable SharedRegion region() {
		return this.region;
	}

	@Override
	public @Nullable RunUsage usage() {
		return this.usage;
	}

	/** Not asked for before there is something to say: logging takes long to come up. */
	private static Logger log() {
		return LoggerFactory.getLogger(TaskLoop.class);
	}

	// On the task thread

	@Override
	public void run() {
		try {
			work();
		}
		catch (OutOfMemoryError ex) {
			die(ex);
		}
		catch (Throwable ex) {
			// The channel is gone, and the main thread sees to the rest; or it is broken
			log().debug("Worker '{}' takes no more tasks", workerId(), ex);
			if (ex instanceof BadFrameException || !(ex instanceof IOException)) {
				log().error("Worker '{}' can't go on", workerId(), ex);
				this.runtime.halt(1);
			}
		}
	}

	private void work() throws IOException {
		ValueCodec values;
		Surroundings surroundings;
		try {
			surroundings = Surroundings.of(this.configuration, this.loader);
			this.surroundings = surroundings;
			values = ChildMain.codec(this.configuration, this.loader, surroundings);
			this.values = values;
			for (Extension extension : this.configuration.initializers()) {
				surroundings.extension(extension, WorkerInitializer.class, this.loader)
					.initialize(poolName(), workerId());
			}
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			refuse(ex);
			return;
		}
		Thread.interrupted();
		rehearseDeath();
		if (this.configuration.spare()) {
			rehearseTasks();
		}
		send(FrameType.READY, 0, 0);
		serve(values, new ThrowableCodec(values), new TaskDecoder(values, surroundings));
	}

	/** Says why this child is of no use; the parent ends it then. */
	private void refuse(Throwable why) throws IOException {
		ValueCodec plain = ValueCodec.plain(this.loader);
		ThrowableCodec throwables = new ThrowableCodec(plain);
		this.output.begin(FrameType.REFUSED, 0, 0, throwables.cap());
		throwables.write(why, this.output);
		this.output.end();
	}

	private void send(FrameType type, long number, long argument) throws IOException {
		synchronized (this.sending) {
			this.sink.send(type, true, number, argument, NOTHING, 0, 0);
			this.sink.flush();
		}
	}

	private void serve(ValueCodec values, ThrowableCodec throwables, TaskDecoder decoder) throws IOException {
		while (true) {
			if (this.source.next(PATIENCE_NANOS) && !take(values, throwables, decoder)) {
				return;
			}
		}
	}

	/**
	 * Does what the current frame asks for.
	 * @return whether to go on
	 */
	boolean take(ValueCodec values, ThrowableCodec throwables, TaskDecoder decoder) throws IOException {
		switch (this.source.type()) {
			case TASK -> task(values, throwables, decoder);
			case DEFINE -> {
				this.input.begin(Integer.MAX_VALUE);
				decoder.define(this.source.number(), this.input);
				this.input.skipRest();
			}
			case CONTEXT -> readContext(values);
			case ADOPT -> adopted();
			case UNLOADED -> unloaded();
			case CLOSE -> {
				leave();
				return false;
			}
			default -> throw new BadFrameException("The parent sent a frame of type " + this.source.type());
		}
		return true;
	}

	/** This child was kept aside, and is a worker now. */
	private void adopted() throws IOException {
		this.input.begin(Integer.MAX_VALUE);
		String worker = this.input.readText();
		this.input.skipRest();
		this.workerId = worker;
		this.thread.setName(threadName(worker));
	}

	private void readContext(ValueCodec values) throws IOException {
		this.input.begin(values.cap());
		this.context = null;
		try {
			this.context = CarriedContext.read(values, this.input);
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			if (this.rehearsing) {
				throw new IllegalStateException("A context can't be used", ex);
			}
			log().warn("The context of a task can't be used in this child", ex);
		}
		this.input.skipRest();
	}

	/** The parent has read all that was sent, and so has the memory that went with it. */
	private void unloaded() {
		List<Cargo> read;
		synchronized (this.sending) {
			read = List.copyOf(this.shipped);
			this.shipped.clear();
		}
		read.forEach(Cargo::release);
	}

	private void shipped(Cargo cargo) {
		if (!cargo.isEmpty()) {
			synchronized (this.sending) {
				this.shipped.add(cargo);
			}
		}
	}

	private void task(ValueCodec values, ThrowableCodec throwables, TaskDecoder decoder) throws IOException {
		long number = this.source.number();
		CarriedContext surroundings = this.context;
		this.context = null;
		this.input.begin(values.cap());
		SharedRegion shared = this.region;
		if (shared != null && !shared.start(number)) {
			// The parent has taken it back
			this.input.skipRest();
			return;
		}
		if (!this.shipped.isEmpty()) {
			unloaded();
		}
		if (shared == null) {
			send(FrameType.STARTED, number, 0);
		}
		RunContext run = new RunContext(this, number, this.source.argument());
		begin(run);
		Object value = null;
		Throwable error = null;
		this.returned = 0;
		try {
			Task<?> task = read(decoder);
			if (run.isCancelled()) {
				// Reading may have used up the interruption
				Thread.currentThread().interrupt();
			}
			TaskForm form = decoder.form();
			Callable<?> body = (form == TaskForm.CALL_FOR_ONE || form == TaskForm.CALL_FOR_MANY)
					? () -> published(task.call(), form, run) : () -> settled(task.call());
			value = (surroundings != null) ? surroundings.call(body) : body.call();
			Future<?> promise = Promises.in(value);
			if (promise != null) {
				this.returned = TaskForm.PROMISED;
				value = Promises.await(promise);
			}
		}
		catch (Throwable ex) {
			error = ex;
		}
		hush();
		if (error != null) {
			OutOfMemoryError exhausted = exhaustion(error);
			if (exhausted != null) {
				die(exhausted);
			}
			reply(throwables, number, error);
		}
		else {
			reply(values, throwables, number, value, this.returned);
		}
		end(run);
		collect();
	}

	/**
	 * A task need not close what it got. A small heap takes long to fill, so that its
	 * collector would see to that late, and the memory is everybody's.
	 */
	private void collect() {
		long came = this.unloading.takeBytes();
		if (came == 0 || !this.shipped.isEmpty()) {
			return;
		}
		this.bytesKept += came;
		if (this.bytesKept > MOST_BYTES_KEPT) {
			this.bytesKept = 0;
			System.gc();
		}
	}

	/** What is reactive and not asked for as such has ended before its task has. */
	private @Nullable Object settled(@Nullable Object returned) throws Exception {
		long reactive = Promises.reactive(returned);
		if (reactive == 0 || returned == null) {
			return returned;
		}
		this.returned = reactive;
		try {
			return (reactive == TaskForm.MONO) ? Publication.one((Publisher<?>) returned)
					: Publication.all((Publisher<?>) returned);
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new InvocationTargetException(ex);
		}
	}

	private @Nullable Object published(@Nullable Object returned, TaskForm form, RunContext run) throws Exception {
		if (returned == null) {
			return null;
		}
		try {
			Publisher<?> publisher = Objects.requireNonNull(this.surroundings).publisher(returned);
			if (form == TaskForm.CALL_FOR_ONE) {
				return Publication.one(publisher);
			}
			Publication.many(publisher, run, (item) -> item(run, item));
			return null;
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new InvocationTargetException(ex);
		}
	}

	private Task<?> read(TaskDecoder decoder) throws Throwable {
		try {
			return decoder.read(this.input);
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw SerializationFailures.ofDecoding(Part.TASK, ex);
		}
		finally {
			this.input.skipRest();
		}
	}

	private void reply(ValueCodec values, ThrowableCodec throwables, long number, @Nullable Object value, long returned)
			throws IOException {
		Cargo cargo = new Cargo();
		if (returned != 0 || !ValueCodec.isAtom(value)) {
			hold();
		}
		this.output.begin(FrameType.RESULT, number, this.held ? returned | TaskForm.HELD : returned, values.cap());
		this.output.replace(cargo);
		try {
			values.write(value, this.output);
			cargo.commit();
			shipped(cargo);
			this.output.end();
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			// Whatever a user's own way to be serialized may throw
			this.output.abort();
			cargo.handBack();
			reply(throwables, number, SerializationFailures.of(Part.RESULT, "result", value, ex));
		}
	}

	/**
	 * What comes next takes the parent code of the application's, which may take long or
	 * wait for something; so nothing that was sent ahead begins before it is read.
	 */
	private void hold() {
		if (!this.held && this.region != null) {
			this.held = true;
			this.region.hold();
		}
	}

	private void reply(ThrowableCodec throwables, long number, Throwable error) throws IOException {
		hold();
		this.output.begin(FrameType.ERROR, number, 0, throwables.cap());
		this.output.replace(null);
		throwables.write(error, this.output);
		this.output.end();
	}

	private void leave() {
		Surroundings left = this.surroundings;
		this.thread
			.closeWorkerLocals((ex) -> log().warn("A WorkerLocal of worker '{}' failed to close", workerId(), ex));
		if (left != null) {
			left.close();
		}
		System.exit(0);
	}

	// Memory has run out

	/** Memory that ran out, also where somebody has wrapped the error on its way. */
	private static @Nullable OutOfMemoryError exhaustion(Throwable error) {
		Throwable current = error;
		while (current instanceof ExecutionException || current instanceof CompletionException
				|| current instanceof InvocationTargetException || current instanceof ExceptionInInitializerError) {
			current = current.getCause();
		}
		return (current instanceof OutOfMemoryError exhausted) ? exhausted : null;
	}

	/**
	 * A child that is kept aside has the time to go through some tasks first. What goes
	 * wrong there is nobody's loss.
	 */
	private void rehearseTasks() {
		try {
			if (this.region != null) {
				this.region.rehearse();
			}
			new TaskRehearsal(this.configuration, this.loader).play();
			// What it leaves would count as the worker's
			System.gc();
		}
		catch (Throwable ex) {
			try {
				log().debug("Tasks can't be rehearsed", ex);
			}
			catch (OutOfMemoryError again) {
				// There is none to say so either
			}
		}
		Thread.interrupted();
	}

	/**
	 * Goes the way of {@link #die} up to its end. On the first time a JVM goes somewhere
	 * it looks for classes, methods and strings, which takes memory; so the first time
	 * must not be the one that counts.
	 */
	private void rehearseDeath() {
		try {
			throw new OutOfMemoryError("rehearsal");
		}
		catch (Throwable ex) {
			OutOfMemoryError error = exhaustion(ex);
			if (error != null) {
				sayFatal(limit(error) - HEAP);
			}
		}
	}

	/**
	 * Says what ran out, and ends this JVM. What must be said takes no memory. Whether
	 * there is some to say more, the stack trace above all, is tried by the task thread.
	 */
	@Override
	public void die(OutOfMemoryError error) {
		if (this.rehearsing) {
			throw error;
		}
		try {
			sayFatal(HEAP);
			long cause = limit(error);
			if (cause != HEAP) {
				sayFatal(cause);
			}
			RunContext run = this.running;
			if (Thread.currentThread() == this.thread && run != null) {
				this.output.abort();
				if (this.region == null) {
					send(FrameType.FATAL, run.number(), cause);
				}
				reply(new ThrowableCodec(ValueCodec.plain(this.loader)), run.number(), error);
			}
		}
		catch (Throwable ex) {
			// It was a try
		}
		finally {
			this.runtime.halt(LastResort.OUT_OF_MEMORY);
		}
	}

	private void sayFatal(long cause) {
		SharedRegion shared = this.region;
		if (shared != null) {
			shared.fatal(cause);
		}
	}

	static long limit(OutOfMemoryError error) {
		String message = error.getMessage();
		if (message != null) {
			if (message.contains("native thread")) {
				return NO_LIMIT;
			}
			if (message.contains("Metaspace") || message.contains("class space")) {
				return METASPACE;
			}
			if (message.contains("direct") || message.contains("Direct")) {
				return DIRECT_MEMORY;
			}
		}
		return HEAP;
	}

	// Beginnings, ends, and what comes between

	private void begin(RunContext run) {
		if (this.usage != null) {
			this.usage.begin(run.number());
		}
		synchronized (this.sending) {
			this.talking = run;
			this.held = false;
		}
		this.thread.running(run);
		synchronized (this.turn) {
			this.running = run;
			if (!this.requestedEarly.isEmpty()) {
				Long requested = this.requestedEarly.remove(run.number());
				if (requested != null) {
					run.request(requested);
				}
			}
			if (!this.cancelledEarly.isEmpty() && this.cancelledEarly.remove(run.number())) {
				run.cancel();
				this.thread.interrupt();
			}
		}
	}

	/** The task's own code has ended; what it still says is not heard any more. */
	private void hush() {
		synchronized (this.sending) {
			this.talking = null;
		}
		this.thread.running(null);
	}

	private void end(RunContext run) {
		synchronized (this.turn) {
			this.running = null;
			this.ended = run.number();
			Thread.interrupted();
		}
		if (this.usage != null) {
			this.usage.end();
		}
	}

	// On other threads

	/** The run should stop; called on the main thread. */
	@Override
	public void cancel(long number) {
		synchronized (this.turn) {
			RunContext run = this.running;
			if (run != null && run.number() == number) {
				run.cancel();
				this.thread.interrupt();
			}
			else if (number > this.ended) {
				this.cancelledEarly.add(number);
			}
		}
	}

	/** Further items are asked for; called on the main thread. */
	@Override
	public void request(long number, long items) {
		synchronized (this.turn) {
			RunContext run = this.running;
			if (run != null && run.number() == number) {
				run.request(items);
			}
			else if (number > this.ended) {
				this.requestedEarly.merge(number, items, (one, other) -> Math.max(one + other, one));
			}
		}
	}

	void progress(RunContext run, double progress) {
		try {
			synchronized (this.sending) {
				if (this.talking == run) {
					this.sink.send(FrameType.PROGRESS, true, run.number(), Double.doubleToRawLongBits(progress),
							NOTHING, 0, 0);
					this.sink.flush();
				}
			}
		}
		catch (IOException ex) {
			log().debug("The parent is gone", ex);
		}
	}

	void emit(RunContext run, Serializable event) {
		send(run, FrameType.EVENT, Part.EVENT, "event", event);
	}

	private void item(RunContext run, Object item) {
		send(run, FrameType.ITEM, Part.RESULT, "item", item);
	}

	private void send(RunContext run, FrameType type, Part part, String name, Object value) {
		Cargo cargo = new Cargo();
		Bytes bytes = encode(part, name, value, cargo);
		try {
			synchronized (this.sending) {
				if (this.talking == run) {
					cargo.commit();
					shipped(cargo);
					hold();
					bytes.sendTo(this.sink, type, run.number(), 0);
					this.sink.flush();
					return;
				}
			}
		}
		catch (IOException ex) {
			log().debug("The parent is gone", ex);
		}
		cargo.handBack();
	}

	private Bytes encode(Part part, String name, Object value, Cargo cargo) {
		ValueCodec codec = Objects.requireNonNull(this.values, "No task has been run yet");
		try {
			HeapOutput out = new HeapOutput(codec.cap());
			out.replace(cargo);
			codec.write(value, out);
			return out.toBytes();
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			cargo.handBack();
			throw SerializationFailures.of(part, name, value, ex);
		}
	}

}
