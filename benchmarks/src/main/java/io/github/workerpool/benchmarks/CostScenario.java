package io.github.workerpool.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.WorkerPoolMeters;
import io.github.workerpool.autoconfigure.WorkerPoolMetricsAutoConfiguration;
import io.github.workerpool.autoconfigure.WorkerPoolObservationAutoConfiguration;
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
 * diagnostic context. An application of each kind is there all the time; they take turns
 * in short batches, and each batch is compared with those of the bare pool before and
 * after it.
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
		return List.of(Subjects.THREADS);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		int rounds = BusyWork.roundsIn(10, TimeUnit.MICROSECONDS);
		CompletableFuture<?>[] futures = new CompletableFuture<?>[mode.pick(400, 400, 20)];
		try (Application bare = new Application(false, false, false);
				Application meters = new Application(true, false, false);
				Application observation = new Application(true, true, false);
				Application context = new Application(true, true, true)) {
			List<Application> others = List.of(meters, observation, context);
			// By number, not by time: each is compiled, however busy the machine is
			for (int i = 0; i < mode.pick(250, 50, 1); i++) {
				compare(bare, others, rounds, futures, Clock.ofMillis(0));
			}
			List<Sample> ratios = compare(bare, others, rounds, futures, Clock.ofMillis(mode.pick(4000, 1000, 0)));
			out.add("cost-meters", percent(ratios.get(0)));
			out.add("cost-observation", percent(ratios.get(1)));
			out.add("cost-context", percent(ratios.get(2)));
		}
	}

	private static double percent(Sample ratios) {
		return 100 * (ratios.median() - 1);
	}

	private static List<Sample> compare(Application bare, List<Application> others, int rounds,
			CompletableFuture<?>[] futures, Clock clock) {
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
	 * An application with one pool.
	 */
	private static final class Application implements AutoCloseable {

		private final ConfigurableApplicationContext context;

		private final WorkerPool pool;

		private final boolean propagates;

		Application(boolean meters, boolean observation, boolean propagates) {
			this.propagates = propagates;
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
				futures[i] = this.pool.submit(() -> BusyWork.rounds(rounds), OPTIONS);
			}
			for (CompletableFuture<?> future : futures) {
				future.join();
			}
			long nanos = System.nanoTime() - begun;
			MDC.clear();
			return nanos;
		}

		@Override
		public void close() {
			this.context.close();
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
