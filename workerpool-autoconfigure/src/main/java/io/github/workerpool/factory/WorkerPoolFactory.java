package io.github.workerpool.factory;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PayloadCodec;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.core.PendingResults;
import io.github.workerpool.core.PoolHooks;
import io.github.workerpool.core.SupervisedWorkerPool;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.core.TaskObserver;
import io.github.workerpool.core.WorkerFactory;
import io.github.workerpool.process.ChildBudget;
import io.github.workerpool.process.ChildWiring;
import io.github.workerpool.process.ProcessWorkerFactory;
import io.github.workerpool.thread.ThreadWorkerFactory;

/**
 * Makes pools. Immutable and safe for use by any number of threads.
 *
 * <pre class="code">
 * try (WorkerPool pool = new WorkerPoolFactory().create(PoolSettings.builder("images").size(2).build())) {
 *     Thumbnail thumbnail = pool.submit(() -> render(photo)).join();
 * }
 * </pre>
 *
 * @since 0.1.0
 */
public final class WorkerPoolFactory {

	private final PoolHooks hooks;

	private final ChildBudget childBudget;

	private final Function<? super PoolSettings, ? extends ChildWiring> childWiring;

	/**
	 * Makes a factory of plain pools.
	 */
	public WorkerPoolFactory() {
		this(PoolHooks.NONE, ChildBudget.unlimited(), (settings) -> ChildWiring.NONE);
	}

	private WorkerPoolFactory(PoolHooks hooks, ChildBudget childBudget,
			Function<? super PoolSettings, ? extends ChildWiring> childWiring) {
		this.hooks = hooks;
		this.childBudget = childBudget;
		this.childWiring = childWiring;
	}

	/**
	 * Has listeners told what happens to the pools.
	 * @param listeners the listeners, in the order they are called
	 * @return a new factory
	 */
	public WorkerPoolFactory withListeners(List<? extends WorkerPoolListener> listeners) {
		return with(this.hooks.withListeners(listeners));
	}

	/**
	 * Has initializers run in each new worker.
	 * @param initializers the initializers, in the order they run
	 * @return a new factory
	 */
	public WorkerPoolFactory withInitializers(List<? extends WorkerInitializer> initializers) {
		return with(this.hooks.withInitializers(initializers));
	}

	/**
	 * Has the submitter's context travel with tasks.
	 * @param context takes and restores the context
	 * @return a new factory
	 */
	public WorkerPoolFactory withContext(TaskContext context) {
		return with(this.hooks.withContext(Objects.requireNonNull(context, "'context' must not be null")));
	}

	/**
	 * Has runs watched.
	 * @param observer the observer
	 * @return a new factory
	 */
	public WorkerPoolFactory withObserver(TaskObserver observer) {
		return with(this.hooks.withObserver(Objects.requireNonNull(observer, "'observer' must not be null")));
	}

	/**
	 * Has further kinds of promises recognised in what tasks return.
	 * @param pendingResults asked after those of the JDK
	 * @return a new factory
	 */
	public WorkerPoolFactory withPendingResults(PendingResults pendingResults) {
		return with(this.hooks.withPendingResults(PendingResults.JDK.or(pendingResults)));
	}

	/**
	 * Has values of further types carried into child JVMs and back.
	 * @param codecs the codecs; the first that supports a type carries it
	 * @return a new factory
	 */
	public WorkerPoolFactory withCodecs(List<? extends PayloadCodec> codecs) {
		return with(this.hooks.withCodecs(codecs));
	}

	/**
	 * Has the child JVMs of all pools that this factory and those made from it make share
	 * a budget.
	 * @param budget how many there may be; no limit by default
	 * @return a new factory
	 */
	public WorkerPoolFactory withChildBudget(ChildBudget budget) {
		return new WorkerPoolFactory(this.hooks, Objects.requireNonNull(budget, "'budget' must not be null"),
				this.childWiring);
	}

	/**
	 * Has child JVMs start a context of Spring's in which methods of beans can be called.
	 * @param wiring tells for the settings of a pool what its children's context is made
	 * of; no context by default
	 * @return a new factory
	 */
	public WorkerPoolFactory withChildWiring(Function<? super PoolSettings, ? extends ChildWiring> wiring) {
		return new WorkerPoolFactory(this.hooks, this.childBudget,
				Objects.requireNonNull(wiring, "'wiring' must not be null"));
	}

	private WorkerPoolFactory with(PoolHooks changed) {
		return new WorkerPoolFactory(changed, this.childBudget, this.childWiring);
	}

	/**
	 * Makes and starts a pool. Returns before its workers are ready. Child JVMs of a pool
	 * that is not closed end as soon as this JVM begins to.
	 * @param settings the settings
	 * @return the pool; close it when it is no longer needed
	 * @throws InvalidPoolSettingException if this JVM can't provide what they ask for
	 */
	public WorkerPool create(PoolSettings settings) {
		WorkerFactory workers = workers(settings);
		if (workers instanceof ProcessWorkerFactory children) {
			children.closeAtExit();
		}
		ManagedWorkerPool pool = build(settings, workers);
		pool.start();
		return pool;
	}

	/**
	 * Makes a pool without starting it, for a life cycle that starts and closes it.
	 * @param settings the settings
	 * @return the pool
	 * @throws InvalidPoolSettingException if this JVM can't provide what they ask for
	 */
	public ManagedWorkerPool build(PoolSettings settings) {
		return build(settings, workers(settings));
	}

	private ManagedWorkerPool build(PoolSettings settings, WorkerFactory workers) {
		PoolHooks suitable = (settings.isolation() == Isolation.PROCESS)
				? this.hooks.withContext(this.hooks.context().acrossJvms()) : this.hooks;
		return new SupervisedWorkerPool(settings, suitable, workers);
	}

	private WorkerFactory workers(PoolSettings settings) {
		if (settings.isolation() == Isolation.PROCESS) {
			return new ProcessWorkerFactory(settings, this.hooks, this.childBudget, this.childWiring.apply(settings));
		}
		return new ThreadWorkerFactory(settings,
				settings.task().copyArguments() ? new CopyingHandover() : new LendingHandover());
	}

}
