package io.github.workerpool.process;

import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PayloadCodec;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.core.PoolHooks;
import io.github.workerpool.core.WorkerBackend;
import io.github.workerpool.core.WorkerFactory;
import io.github.workerpool.core.WorkerHost;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes workers that are child JVMs, and encodes their tasks. Starts nothing before the
 * first worker does.
 *
 * @since 0.1.0
 */
public final class ProcessWorkerFactory implements WorkerFactory {

	private static final String CONTEXT_REHEARSAL = "io.github.workerpool.process.child.ContextRehearsal";

	private final Logger log;

	private final Definitions definitions = new Definitions();

	private final ValueCodec values;

	private final ThrowableCodec throwables;

	private final TaskEncoder encoder;

	private final Regions regions;

	private final ChildLauncher launcher;

	private final ChildStarter starter;

	private final Heartbeats heartbeats;

	private final AtomicBoolean contextLost = new AtomicBoolean();

	/**
	 * Makes a factory.
	 * @param settings settings of the pool
	 * @param hooks what extends it
	 * @param budget how many children there may be, over all pools that share it
	 * @param wiring what the context of the children is made of, if they need one
	 * @throws InvalidPoolSettingException if the system can't do what the settings ask
	 * for, or something that extends the pool can't cross to a child
	 */
	public ProcessWorkerFactory(PoolSettings settings, PoolHooks hooks, ChildBudget budget, ChildWiring wiring) {
		this(settings, hooks, budget, wiring, ChildStarter.MAIN_CLASS, new Regions(log(settings)));
	}

	ProcessWorkerFactory(PoolSettings settings, PoolHooks hooks, ChildBudget budget, String mainClass,
			Regions regions) {
		this(settings, hooks, budget, ChildWiring.NONE, mainClass, regions);
	}

	private ProcessWorkerFactory(PoolSettings settings, PoolHooks hooks, ChildBudget budget, ChildWiring wiring,
			String mainClass, Regions regions) {
		this.log = log(settings);
		ObjectInputFilter custom = filter(settings);
		ReplyTypes types = new ReplyTypes();
		long cap = settings.process().maxPayloadSize();
		List<PayloadCodec> codecs = hooks.codecs();
		this.values = new ValueCodec(loader(), codecs, cap, () -> PayloadFilter.forReplies(types, custom, cap));
		this.throwables = new ThrowableCodec(this.values);
		this.encoder = new TaskEncoder(this.values, types, this.definitions);
		this.regions = regions;
		this.heartbeats = new Heartbeats(settings, this.log);
		List<Extension> initializers = extensions(settings, wiring, "WorkerInitializer", hooks.initializers());
		List<Extension> codecExtensions = extensions(settings, wiring, "PayloadCodec", codecs);
		this.launcher = new ChildLauncher(settings, budget, this::rehearsals);
		this.starter = new ChildStarter(settings, mainClass, this.launcher, this.regions, this.heartbeats,
				this.throwables, initializers, codecExtensions, wiring, this.log);
	}

	private List<String> rehearsals() {
		return this.starter.hasContext() ? List.of(CONTEXT_REHEARSAL) : List.of();
	}

	private static Logger log(PoolSettings settings) {
		return LoggerFactory.getLogger("workerpool." + settings.name());
	}

	/** The application's, if whoever makes the pool has set it. */
	static ClassLoader loader() {
		ClassLoader loader = Thread.currentThread().getContextClassLoader();
		return (loader != null) ? loader : ClassLoader.getSystemClassLoader();
	}

	static @Nullable ObjectInputFilter filter(PoolSettings settings) {
		String pattern = settings.process().serializationFilter();
		if (pattern == null || pattern.isBlank()) {
			return null;
		}
		try {
			return ObjectInputFilter.Config.createFilter(pattern);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidPoolSettingException(settings.name(), "process.serialization-filter", pattern,
					"it is no pattern of a java.io.ObjectInputFilter: " + ex.getMessage());
		}
	}

	private static List<Extension> extensions(PoolSettings settings, ChildWiring wiring, String kind, List<?> objects) {
		List<Extension> extensions = new ArrayList<>();
		for (Object object : objects) {
			extensions.add(Extension.of(object, wiring.beanName(object))
				.orElseThrow(() -> new InvalidPoolSettingException(settings.name(), "isolation", "process",
						("%s '%s' can't get into a child JVM; make it 'Serializable', or a public class with a public"
								+ " no-arg constructor, or a bean of a configuration class among '%s'")
							.formatted(kind, object.getClass().getName(), ChildWiringException.key(settings.name())))));
		}
		return extensions;
	}

	ValueCodec values() {
		return this.values;
	}

	ThrowableCodec throwables() {
		return this.throwables;
	}

	Definitions definitions() {
		return this.definitions;
	}

	ChildStarter starter() {
		return this.starter;
	}

	Heartbeats heartbeats() {
		return this.heartbeats;
	}

	/** Says once that tasks run without the submitter's context. */
	void contextLost(Throwable why) {
		if (this.contextLost.compareAndSet(false, true)) {
			this.log.warn("The context of tasks can't cross to child JVMs; they run without it", why);
		}
	}

	/**
	 * Has the children and their files go when this JVM begins to end, for pools that
	 * nobody closes by then.
	 */
	public void closeAtExit() {
		this.launcher.closeAtExit();
	}

	@Override
	public Isolation isolation() {
		return Isolation.PROCESS;
	}

	@Override
	public Object prepare(Task<?> task, TaskOptions options) {
		return this.encoder.encode(task, options);
	}

	@Override
	public long sizeOf(Object payload) {
		return ((EncodedTask) payload).size();
	}

	@Override
	public void release(Object payload) {
		Cargo cargo = ((EncodedTask) payload).cargo();
		if (cargo != null) {
			cargo.handBack();
		}
	}

	@Override
	public boolean isRepeatable(Object payload) {
		Cargo cargo = ((EncodedTask) payload).cargo();
		return cargo == null || !cargo.moves();
	}

	@Override
	public boolean hasRoom() {
		return this.starter.hasRoom();
	}

	@Override
	public WorkerBackend create(WorkerHost host) {
		return new ChildWorker(host, this);
	}

	@Override
	public void stopped() {
		this.starter.dropSpares();
	}

	@Override
	public void close() {
		this.starter.close();
		this.heartbeats.close();
		this.launcher.close();
		this.regions.close();
	}

}
