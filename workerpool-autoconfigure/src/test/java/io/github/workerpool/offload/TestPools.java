package io.github.workerpool.offload;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.factory.WorkerPoolFactory;

/**
 * Real pools on threads, by name, that note the options of what is submitted to them.
 */
final class TestPools implements WorkerPools, AutoCloseable {

	private final Map<String, ManagedWorkerPool> pools = new TreeMap<>();

	private final Map<String, WorkerPool> noting = new TreeMap<>();

	private volatile boolean seeminglyOfProcesses;

	private final List<TaskOptions> submitted = new CopyOnWriteArrayList<>();

	/** Two workers in the pools 'default' and 'images', one in 'single'. */
	static TestPools started() {
		TestPools pools = new TestPools().with("default", (settings) -> settings.size(2))
			.with("images", (settings) -> settings.size(2))
			.with("single", (settings) -> settings.size(1));
		pools.pools.values().forEach(ManagedWorkerPool::start);
		return pools;
	}

	TestPools with(String name, Consumer<PoolSettings.Builder> settings) {
		return with(name, settings, new WorkerPoolFactory().withContext(TaskContext.NONE));
	}

	TestPools with(String name, Consumer<PoolSettings.Builder> settings, WorkerPoolFactory factory) {
		PoolSettings.Builder builder = PoolSettings.builder(name);
		settings.accept(builder);
		ManagedWorkerPool pool = factory.build(builder.build());
		this.pools.put(name, pool);
		this.noting.put(name, noting(pool));
		return this;
	}

	/** Has the pools say that their workers are child JVMs. */
	TestPools seeminglyOfProcesses() {
		this.seeminglyOfProcesses = true;
		return this;
	}

	private static PoolSnapshot ofProcesses(PoolSnapshot snapshot) {
		return new PoolSnapshot(snapshot.name(), snapshot.state(), snapshot.reason(), Isolation.PROCESS,
				snapshot.workers(), snapshot.queue(), snapshot.tasks(), snapshot.restarts(),
				snapshot.restartsByReason(), snapshot.recycled(), snapshot.recycledByReason(), snapshot.utilization(),
				snapshot.timings(), snapshot.workerList(), snapshot.lastCrash(), snapshot.settings());
	}

	private WorkerPool noting(WorkerPool pool) {
		return (WorkerPool) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { WorkerPool.class },
				(proxy, method, arguments) -> {
					if (method.getName().equals("submit") && arguments.length == 2) {
						this.submitted.add((TaskOptions) arguments[1]);
					}
					try {
						Object result = method.invoke(pool, arguments);
						return (this.seeminglyOfProcesses && result instanceof PoolSnapshot snapshot)
								? ofProcesses(snapshot) : result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

	ManagedWorkerPool managed(String name) {
		return this.pools.get(name);
	}

	List<TaskOptions> submitted() {
		return this.submitted;
	}

	@Override
	public WorkerPool get(String name) {
		WorkerPool pool = this.noting.get(name);
		if (pool == null) {
			throw new IllegalArgumentException("There is no pool '" + name + "'");
		}
		return pool;
	}

	@Override
	public WorkerPool getDefault() {
		return get("default");
	}

	@Override
	public Set<String> names() {
		return this.noting.keySet();
	}

	@Override
	public Stream<WorkerPool> stream() {
		return this.noting.values().stream();
	}

	@Override
	public void close() {
		this.pools.values().forEach(WorkerPool::close);
	}

}
