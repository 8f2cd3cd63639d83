package io.github.workerpool.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.WorkerPoolMeters;
import io.github.workerpool.autoconfigure.WorkerPoolMetricsAutoConfiguration;
import io.github.workerpool.autoconfigure.WorkerPoolObservationAutoConfiguration;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * How much longer tasks of ten microseconds take with meters; with meters and an
 * observation of each run; and with these and a context that travels, one value of the
 * diagnostic context. One of each kind is there all the time; they take turns in short
 * batches, and each batch is compared with those of the bare pool before and after it. An
 * executor has no meters; its tasks are observed, and their context carried, by what
 * Micrometer brings for that.
 */
final class CostScenario implements Scenario {

	private static final int WORKERS = 2;

	private static final TaskOptions OPTIONS = TaskOptions.none().withName("busy");

	@Override
	public String name() {
		return "costs";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.THREAD_POOL_EXECUTOR);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		int rounds = BusyWork.roundsIn(10, TimeUnit.MICROSECONDS);
		CompletableFuture<?>[] futures = new CompletableFuture<?>[mode.pick(400, 400, 20)];
		boolean executor = subject.equals(Subjects.THREAD_POOL_EXECUTOR);
		try (Way bare = executor ? new Executor(false, false) : new Application(false, false, false);
				Way meters = executor ? null : new Application(true, false, false);
				Way observation = executor ? new Executor(true, false) : new Application(true, true, false);
				Way context = executor ? new Executor(true, true) : new Application(true, true, true)) {
			List<Way> others = Stream.of(meters, observation, context).filter(Objects::nonNull).toList();
			// By number, not by time: each is compiled, however busy the machine is
			for (int i = 0; i < mode.pick(250, 50, 1); i++) {
				compare(bare, others, rounds, futures, Clock.ofMillis(0));
			}
			List<Sample> ratios = compare(bare, others, rounds, futures, Clock.ofMillis(mode.pick(4000, 1000, 0)));
			List<String> figures = executor ? List.of("cost-observation", "cost-context")
					: List.of("cost-meters", "cost-observation", "cost-context");
			for (int i = 0; i < figures.size(); i++) {
				out.add(figures.get(i), percent(ratios.get(i)));
			}
		}
	}

	private static double percent(Sample ratios) {
		return 100 * (ratios.median() - 1);
	}

	private static List<Sample> compare(Way bare, List<Way> others, int rounds, CompletableFuture<?>[] futures,
			Clock clock) {
		List<Sample> ratios = others.stream().map((other) -> new Sample()).toList();
		long before = bare.batch(rounds, futures);
		do {
			for (int i = 0; i < others.size(); i++) {
				long nanos = others.get(i).batch(rounds, futures);
				long after = bare.batch(rounds, futures);
				ratios.get(i).add(2.0 * nanos / (before + after));
				before = after;
			}
		}
		while (clock.runs());
		return ratios;
	}

	/**
	 * Two workers, and what is done beside the tasks.
	 */
	private abstract static class Way implements AutoCloseable {

		private final boolean propagates;

		Way(boolean propagates) {
			this.propagates = propagates;
		}

		abstract CompletableFuture<?> submit(int rounds);

		/**
		 * Has a batch of tasks done.
		 * @return how long it took, in nanoseconds
		 */
		long batch(int rounds, CompletableFuture<?>[] futures) {
			if (this.propagates) {
				MDC.put("request", "4711");
			}
			long begun = System.nanoTime();
			for (int i = 0; i < futures.length; i++) {
				futures[i] = submit(rounds);
			}
			for (CompletableFuture<?> future : futures) {
				future.join();
			}
			long nanos = System.nanoTime() - begun;
			MDC.clear();
			return nanos;
		}

		@Override
		public abstract void close();

	}

	/**
	 * An application with one pool.
	 */
	private static final class Application extends Way {

		private final ConfigurableApplicationContext context;

		private final WorkerPool pool;

		Application(boolean meters, boolean observation, boolean propagates) {
			super(propagates);
			Map<String, Object> properties = new HashMap<>();
			properties.put("workerpool.default-pool", "bench");
			properties.put("workerpool.pools.bench.size", WORKERS);
			properties.put("workerpool.pools.bench.propagate-context", propagates);
			List<String> excluded = new ArrayList<>();
			if (!meters) {
				excluded.add(WorkerPoolMetricsAutoConfiguration.class.getName());
			}
			if (!observation) {
				excluded.add(WorkerPoolObservationAutoConfiguration.class.getName());
			}
			properties.put("spring.autoconfigure.exclude", String.join(",", excluded));
			SpringApplication application = new SpringApplication(CostApplication.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			application.setBannerMode(Banner.Mode.OFF);
			application.setDefaultProperties(properties);
			this.context = application.run();
			this.pool = this.context.getBean(WorkerPool.class);
			check(meters, WorkerPoolMeters.class);
			check(observation, TaskObservations.class);
		}

		private void check(boolean expected, Class<?> type) {
			if (expected == this.context.getBeansOfType(type).isEmpty()) {
				throw new IllegalStateException(
						"Expected %s '%s'".formatted(expected ? "a bean of" : "no bean of", type.getName()));
			}
		}

		@Override
		CompletableFuture<?> submit(int rounds) {
			return this.pool.submit(() -> BusyWork.rounds(rounds), OPTIONS);
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

	/**
	 * An executor, as wrapped by hand.
	 */
	private static final class Executor extends Way {

		private final Contender executor = Contender.start(Subjects.THREAD_POOL_EXECUTOR, WORKERS);

		private final boolean observed;

		private final ObservationRegistry observations = ObservationRegistry.create();

		private final @Nullable ContextSnapshotFactory contexts;

		Executor(boolean observed, boolean propagates) {
			super(propagates);
			this.observed = observed;
			this.observations.observationConfig()
				.observationHandler(new DefaultMeterObservationHandler(new SimpleMeterRegistry()));
			ContextRegistry registry = new ContextRegistry()
				.registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
			this.contexts = propagates ? ContextSnapshotFactory.builder().contextRegistry(registry).build() : null;
		}

		@Override
		CompletableFuture<?> submit(int rounds) {
			if (!this.observed) {
				return this.executor.submit(() -> BusyWork.rounds(rounds));
			}
			if (this.contexts == null) {
				return this.executor.submit(() -> observed(rounds));
			}
			ContextSnapshot captured = this.contexts.captureAll();
			return this.executor.submit(() -> {
				try (ContextSnapshot.Scope scope = captured.setThreadLocals()) {
					return observed(rounds);
				}
			});
		}

		private Integer observed(int rounds) {
			return Observation.createNotStarted("busy", this.observations)
				.lowCardinalityKeyValue("pool", "bench")
				.lowCardinalityKeyValue("task", "busy")
				.observe(() -> BusyWork.rounds(rounds));
		}

		@Override
		public void close() {
			this.executor.close();
		}

	}

	/**
	 * Whatever the class path brings.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class CostApplication {

	}

}
