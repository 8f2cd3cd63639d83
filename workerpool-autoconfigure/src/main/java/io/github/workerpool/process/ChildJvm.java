package io.github.workerpool.process;

import java.io.ObjectInputFilter;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single child JVM that runs a {@link ChildProgram}, made of the same parts as the
 * workers of a pool: launched, let in, watched and killed like them. Safe for use by any
 * number of threads, save where said.
 *
 * @since 0.1.0
 */
public final class ChildJvm implements AutoCloseable {

	private static final String MAIN_CLASS = "io.github.workerpool.process.child.ProgramMain";

	private static final long LAST_WORDS_SECONDS = 5;

	private final String workerId;

	private final Regions regions;

	private final Heartbeats heartbeats;

	private final ChildLauncher launcher;

	private final ChildStarter starter;

	private final ValueCodec values;

	private final ThrowableCodec throwables;

	private volatile boolean unwanted;

	private volatile @Nullable ChildProcess process;

	private volatile @Nullable ChildConnection connection;

	/**
	 * Prepares a child without starting it.
	 * @param settings as for a pool of one worker
	 * @param workerId name of the worker
	 * @param budget how many children there may be
	 * @param types types that it may send, with all that lives beside them
	 * @throws io.github.workerpool.InvalidPoolSettingException if the system can't do
	 * what the settings ask for
	 */
	public ChildJvm(PoolSettings settings, String workerId, ChildBudget budget, List<Class<?>> types) {
		this.workerId = workerId;
		Logger log = LoggerFactory.getLogger("workerpool." + settings.name());
		ObjectInputFilter custom = ProcessWorkerFactory.filter(settings);
		ReplyTypes replies = new ReplyTypes();
		types.forEach(replies::declare);
		long cap = settings.process().maxPayloadSize();
		this.values = new ValueCodec(ProcessWorkerFactory.loader(), List.of(), cap,
				() -> PayloadFilter.forReplies(replies, custom, cap));
		this.throwables = new ThrowableCodec(this.values);
		this.regions = new Regions(log);
		this.heartbeats = new Heartbeats(settings, log);
		this.launcher = new ChildLauncher(settings, budget, List::of);
		this.starter = new ChildStarter(settings, MAIN_CLASS, this.launcher, this.regions, this.heartbeats,
				this.throwables, List.of(), List.of(), ChildWiring.NONE, log);
	}

	/**
	 * Ends the child, and removes its files, when this JVM begins to end: for those whom
	 * nobody else sees to then.
	 */
	public void closeAtExit() {
		this.launcher.closeAtExit();
	}

	/**
	 * Starts the child and waits until it is ready.
	 * @throws WorkerStartException if it doesn't come up, or was killed meanwhile
	 */
	public void open() {
		BooleanSupplier ending = () -> this.unwanted;
		this.connection = this.starter.start(this.workerId, this::launched, ending);
	}

	private void launched(ChildProcess launched) {
		this.process = launched;
		if (this.unwanted) {
			launched.kill();
		}
	}

	private ChildConnection connection() {
		ChildConnection open = this.connection;
		if (open == null) {
			throw new IllegalStateException("The child is not up");
		}
		return open;
	}

	/**
	 * Where frames go; for one thread.
	 * @return the sink
	 */
	public FrameSink requests() {
		return connection().requests();
	}

	/**
	 * Where frames come from; for one thread.
	 * @return the source
	 */
	public FrameSource replies() {
		return connection().replies();
	}

	/**
	 * Reads what the child sends.
	 * @return the codec
	 */
	public ValueCodec values() {
		return this.values;
	}

	/**
	 * Reads the exceptions that the child sends.
	 * @return the codec
	 */
	public ThrowableCodec throwables() {
		return this.throwables;
	}

	/**
	 * Process id.
	 * @return the id, empty before there is a process
	 */
	public OptionalLong pid() {
		ChildProcess known = this.process;
		return (known != null) ? OptionalLong.of(known.pid()) : OptionalLong.empty();
	}

	/**
	 * Lets the program know that it shall end.
	 */
	public void interrupt() {
		ChildConnection open = this.connection;
		if (open != null) {
			open.cancel(0);
		}
	}

	/**
	 * Ends the child by force, or sees to it that it doesn't start. Returns at once.
	 */
	public void kill() {
		this.unwanted = true;
		this.launcher.waitNoMore();
		ChildProcess known = this.process;
		if (known != null) {
			known.kill();
		}
	}

	/**
	 * Ends the child by force because of what it does.
	 * @param why what its report says
	 */
	public void kill(String why) {
		connection().kill(why);
	}

	/**
	 * Waits for the end of the process, of which the end of its channel tells.
	 * @return what is known of it
	 */
	public Death awaitDeath() {
		ChildConnection child = connection();
		child.awaitExit(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
		SharedRegion region = child.region();
		ChildDeath death = ChildDeath.of(child, null, null, (region != null) ? region.fatal() : 0);
		Limit limit = death.limit();
		if (limit != null) {
			death = death.because("out of memory: " + ChildDeath.words(limit));
		}
		return new Death(death.report(), limit, (limit != null) ? ChildDeath.key(limit) : null);
	}

	/**
	 * Ends the child if it is alive, and frees all that it has taken.
	 */
	@Override
	public void close() {
		kill();
		ChildConnection open = this.connection;
		if (open != null) {
			this.heartbeats.forget(open);
			open.close();
		}
		this.starter.close();
		this.heartbeats.close();
		this.launcher.close();
		this.regions.close();
	}

	/**
	 * How the child ended.
	 *
	 * @param report what is known of it
	 * @param limit what it ran out of, if that is why
	 * @param key the setting that raises the limit
	 */
	public record Death(CrashReport report, @Nullable Limit limit, @Nullable String key) {

	}

}
