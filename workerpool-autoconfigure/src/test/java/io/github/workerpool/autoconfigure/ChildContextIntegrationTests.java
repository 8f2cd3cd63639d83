package io.github.workerpool.autoconfigure;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.process.ChildWiringException;
import io.github.workerpool.testsupport.NoLeaks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for offloaded beans whose pool's workers are child JVMs.
 */
@ExtendWith(NoLeaks.class)
class ChildContextIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final String SOURCES = "workerpool.pools.images.process.sources";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.isolation=process",
				"workerpool.pools.images.size=1", "workerpool.pools.images.process.class-data-sharing=off",
				"workerpool.pools.images.resource-limits.max-heap-size=128MB", "workerpool.pools.images.task.grace=30s",
				"app.greeting=hello ${app.who}", "app.who=world", "app.limit=3MB", "app.patience=5s");

	private ApplicationContextRunner sources(Class<?>... types) {
		return this.contextRunner
			.withPropertyValues(SOURCES + "=" + String.join(",", List.of(types).stream().map(Class::getName).toList()));
	}

	@Test
	void offloadedBeanRunsInChildJvm() {
		this.contextRunner.withBean(Everything.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Everything bean = context.getBean(Everything.class);
			assertThat(bean.pid()).isNotEqualTo(ProcessHandle.current().pid());
			assertThat(bean.pid()).isEqualTo(context.getBean(WorkerPool.class).snapshot().workerList().get(0).pid());
			assertThat(bean.future("x").get(30, TimeUnit.SECONDS)).isEqualTo("x!");
			assertThat(bean.plainFuture("x").get(30, TimeUnit.SECONDS)).isEqualTo("x!");
			assertThat(bean.mono("x").block(PATIENCE)).isEqualTo("x!");
			assertThat(bean.mono("").block(PATIENCE)).isNull();
			bean.forget();
			assertThat(bean.forgotten()).isEqualTo(1);
			assertThat(bean.echo(new Shape("round", 3))).isEqualTo(new Shape("round", 3));
		});
	}

	@Test
	void spareWithContextTakesOverWithNothingCalledBefore() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.process.spares=1")
			.withBean(Everything.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Everything bean = context.getBean(Everything.class);
				long first = bean.pid();
				// Who makes spares goes when there are enough
				await().atMost(PATIENCE)
					.until(() -> Thread.getAllStackTraces()
						.keySet()
						.stream()
						.noneMatch((thread) -> thread.getName().equals("workerpool-images-spares")));
				List<ProcessHandle> spare = ProcessHandle.current()
					.children()
					.filter((child) -> child.pid() != first)
					.toList();
				Future<Integer> lost = context.getBean(WorkerPool.class).submit(() -> {
					Runtime.getRuntime().halt(7);
					return 0;
				});
				assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> lost.get(30, TimeUnit.SECONDS));
				assertThat(bean.forgotten()).isZero();
				assertThat(spare).extracting(ProcessHandle::pid).contains(bean.pid());
				assertThat(bean.echo(new Shape("round", 3))).isEqualTo(new Shape("round", 3));
			});
	}

	@Test
	void callFromWithinChildRunsInPlace() {
		this.contextRunner.withBean(Everything.class).withBean(Caller.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Caller.class).outer()).hasSize(2).containsOnly(pid(context));
		});
	}

	@Test
	void propertiesProfilesAndConversionAreThoseOfTheParent() {
		this.contextRunner.withPropertyValues("spring.profiles.active=fast,loud").withInitializer((context) -> {
			context.getEnvironment().setActiveProfiles("fast", "loud");
			context.getBeanFactory().setConversionService(ApplicationConversionService.getSharedInstance());
		}).withBean(Configured.class).withUserConfiguration(AppConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Configured.class).describe()).containsExactly("hello world", "3145728", "PT5S",
					"[fast, loud]", "false", "world");
		});
	}

	@Test
	void beanOfMethodIsMadeByItsConfiguration() {
		sources(MadeConfiguration.class).withUserConfiguration(MadeConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Made.class).origin()).isEqualTo("made by a method");
		});
	}

	@Test
	void missingConfigurationOfBeanFailsTheStart() {
		this.contextRunner.withUserConfiguration(MadeConfiguration.class).run((context) -> {
			ChildWiringException failure = wiringFailure(context.getStartupFailure());
			assertThat(failure.bean()).isEqualTo("made");
			assertThat(failure.missing()).isEqualTo(MadeConfiguration.class.getName());
			assertThat(failure.remedy()).contains("Add '" + MadeConfiguration.class.getName() + "'", SOURCES);
			FailureAnalysis analysis = new ChildWiringFailureAnalyzer().analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getDescription()).contains("made", MadeConfiguration.class.getName(), "images");
			assertThat(analysis.getAction()).contains(SOURCES);
		});
	}

	@Test
	void missingDependencyFailsTheStartAndSaysWhatToAdd() {
		this.contextRunner.withBean("needy", Needy.class)
			.withUserConfiguration(CollaboratorConfiguration.class)
			.run((context) -> {
				ChildWiringException failure = wiringFailure(context.getStartupFailure());
				assertThat(failure.pool()).isEqualTo("images");
				assertThat(failure.bean()).isEqualTo("needy");
				assertThat(failure.missing()).isEqualTo(Collaborator.class.getName());
				assertThat(failure.getMessage()).contains("'needy'", Collaborator.class.getName(),
						"Add '" + CollaboratorConfiguration.class.getName() + "'", SOURCES);
			});
	}

	@Test
	void dependencyComesFromSource() {
		sources(CollaboratorConfiguration.class).withBean(Needy.class)
			.withUserConfiguration(CollaboratorConfiguration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(Needy.class).help()).isEqualTo("helped in " + pid(context));
			});
	}

	@Test
	void unknownSourceIsRefusedWithItsKey() {
		this.contextRunner.withPropertyValues(SOURCES + "=com.acme.Absent").run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("com.acme.Absent");
			assertThat(context.getStartupFailure()).hasStackTraceContaining(SOURCES);
		});
	}

	@Test
	void nothingIsStartedOrScheduledInChild() {
		sources(BusyConfiguration.class).withBean(Watcher.class)
			.withUserConfiguration(BusyConfiguration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				await().atMost(PATIENCE).until(() -> context.getBean(Busy.class).ticks.get() > 0);
				assertThat(context.getBean(Watcher.class).seen()).isEqualTo("started 0 ticks 0");
			});
	}

	@Test
	void poolsAreThereButCantBeUsedInChild() {
		this.contextRunner.withBean(PoolUser.class).run((context) -> {
			assertThat(context).hasNotFailed();
			PoolUser user = context.getBean(PoolUser.class);
			assertThat(user.names()).isEqualTo("images [images]");
			assertThatIllegalStateException().isThrownBy(user::use).withMessageContaining("child JVM");
		});
	}

	@Test
	void fluxStreamsWhileItRunsAndKeepsToDemand() {
		this.contextRunner.withBean(Everything.class).run((context) -> {
			Everything bean = context.getBean(Everything.class);
			StepVerifier.create(bean.count(5)).expectNext(0, 1, 2, 3, 4).expectComplete().verify(PATIENCE);
			StepVerifier.create(bean.count(10_000).limitRate(16).reduce(0L, (sum, each) -> sum + each))
				.expectNext(49_995_000L)
				.expectComplete()
				.verify(PATIENCE);
			StepVerifier.create(bean.count(1_000_000), 2)
				.expectNext(0, 1)
				.then(() -> assertThat(context.getBean(WorkerPool.class).snapshot().workers().busy()).isOne())
				.thenRequest(2)
				.expectNext(2, 3)
				.thenCancel()
				.verify(PATIENCE);
			assertThat(bean.produced()).as("no more than was asked for").isEqualTo(4);
			StepVerifier.create(bean.broken()).expectNext("one").expectErrorMessage("no two").verify(PATIENCE);
			StepVerifier.create(bean.uncrossable())
				.expectErrorMatches((ex) -> ex.getMessage().contains("Thread"))
				.verify(PATIENCE);
			assertThat(bean.pid()).isPositive();
		});
	}

	@Test
	void cancellingReachesTheChild() {
		this.contextRunner.withBean(Everything.class).run((context) -> {
			Everything bean = context.getBean(Everything.class);
			CountDownLatch first = new CountDownLatch(1);
			Disposable endless = bean.endless().subscribe((item) -> first.countDown());
			assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
			endless.dispose();
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(bean.cancelled()).isEqualTo(1));
			assertThat(context.getBean(WorkerPool.class).snapshot().workerList()).extracting(WorkerSnapshot::pid)
				.containsExactly(bean.pid());
		});
	}

	@Test
	void exceptionsComeBackAsThemselves() {
		this.contextRunner.withBean(Everything.class).run((context) -> {
			Everything bean = context.getBean(Everything.class);
			assertThatExceptionOfType(ShapeException.class).isThrownBy(bean::fail)
				.satisfies((ex) -> assertThat(ex.shape).isEqualTo(new Shape("flat", 2)))
				.withStackTraceContaining("ChildContextIntegrationTests$Everything.fail")
				.withStackTraceContaining("exceptionsComeBackAsThemselves");
			assertThatExceptionOfType(RemoteTaskException.class).isThrownBy(bean::failOddly)
				.withMessageContaining("oddly");
		});
	}

	@Test
	void fallbackRunsInTheParent() {
		this.contextRunner.withBean(Rescued.class).run((context) -> {
			Rescued bean = context.getBean(Rescued.class);
			assertThat(bean.risky(1)).isEqualTo("rescued 1 in " + ProcessHandle.current().pid());
			assertThat(bean.exits()).isEqualTo("rescued WorkerCrashedException");
		});
	}

	@Test
	void contextOfCallerTravels() {
		this.contextRunner.withBean(Everything.class).run((context) -> {
			MDC.put("traceId", "4bf92f");
			LocaleContextHolder.setLocale(Locale.CANADA_FRENCH);
			try {
				assertThat(context.getBean(Everything.class).surroundings()).isEqualTo("4bf92f fr_CA");
			}
			finally {
				MDC.clear();
				LocaleContextHolder.resetLocaleContext();
			}
			assertThat(context.getBean(Everything.class).surroundings()).startsWith("null ");
		});
	}

	@Test
	void initializerCanBeBeanOfChild() {
		sources(WarmConfiguration.class).withBean(Everything.class)
			.withUserConfiguration(WarmConfiguration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(Everything.class).property("warmed")).isEqualTo("images by helped");
			});
	}

	@Test
	void initializerThatCantCrossIsRefused() {
		this.contextRunner.withUserConfiguration(WarmConfiguration.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasStackTraceContaining("WorkerInitializer")
				.hasStackTraceContaining("can't get into a child JVM")
				.hasStackTraceContaining("process.sources");
		});
		sources(CollaboratorConfiguration.class).withUserConfiguration(WarmConfiguration.class).run((context) -> {
			ChildWiringException failure = wiringFailure(context.getStartupFailure());
			assertThat(failure.bean()).isEqualTo("warm");
			assertThat(failure.remedy()).contains(SOURCES);
		});
	}

	@Test
	void childrenOfAllPoolsShareOneBudget() {
		this.contextRunner.withPropertyValues("workerpool.process.max-children=0").run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasStackTraceContaining("workerpool.process.max-children");
		});
		this.contextRunner.withPropertyValues("workerpool.process.max-children=1", "workerpool.pools.images.size=2")
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure()).hasStackTraceContaining("max-children");
			});
	}

	@Test
	void moreMemoryThanThereIsFailsTheStartIfAsked() {
		this.contextRunner
			.withPropertyValues("workerpool.process.memory-check=fail",
					"workerpool.pools.images.resource-limits.max-heap-size=100000GB")
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure())
					.hasStackTraceContaining("workerpool.pools.images.resource-limits.max-heap-size")
					.hasStackTraceContaining("1 × ");
			});
	}

	private static long pid(ApplicationContext context) {
		return context.getBean(WorkerPool.class).snapshot().workerList().get(0).pid();
	}

	private static ChildWiringException wiringFailure(@Nullable Throwable failure) {
		assertThat(failure).isNotNull();
		for (Throwable current = failure; current != null; current = current.getCause()) {
			if (current instanceof ChildWiringException wiring) {
				return wiring;
			}
		}
		throw new AssertionError("Nothing is said of wiring", failure);
	}

	record Shape(String form, int size) implements Serializable {

	}

	static class ShapeException extends Exception {

		private static final long serialVersionUID = 1L;

		private final Shape shape;

		ShapeException(Shape shape) {
			super("can't be " + shape.form());
			this.shape = shape;
		}

	}

	static class OddException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		@SuppressWarnings({ "serial", "unused" })
		private final Object thread = Thread.currentThread();

		OddException() {
			super("oddly");
		}

	}

	static class Everything {

		private final AtomicInteger forgotten = new AtomicInteger();

		private final AtomicInteger produced = new AtomicInteger();

		private final AtomicInteger cancelled = new AtomicInteger();

		@Offload
		public long pid() {
			return ProcessHandle.current().pid();
		}

		@Offload
		public CompletableFuture<String> future(String text) {
			return CompletableFuture.supplyAsync(() -> text + "!");
		}

		@Offload
		public Future<String> plainFuture(String text) {
			return CompletableFuture.completedFuture(text + "!");
		}

		@Offload
		public Mono<String> mono(String text) {
			return text.isEmpty() ? Mono.empty()
					: Mono.just(text).delayElement(Duration.ofMillis(1)).map((t) -> t + "!");
		}

		@Offload
		public void forget() {
			this.forgotten.incrementAndGet();
		}

		@Offload
		public int forgotten() {
			return this.forgotten.get();
		}

		@Offload
		public Shape echo(Shape shape) {
			return shape;
		}

		@Offload
		public Flux<Integer> count(int items) {
			this.produced.set(0);
			return Flux.range(0, items).doOnNext((item) -> this.produced.incrementAndGet());
		}

		@Offload
		public int produced() {
			return this.produced.get();
		}

		@Offload
		public Flux<String> broken() {
			return Flux.just("one").concatWith(Flux.error(new IllegalStateException("no two")));
		}

		@Offload
		public Flux<Object> uncrossable() {
			return Flux.just(Thread.currentThread());
		}

		@Offload
		public Flux<Long> endless() {
			return Flux.interval(Duration.ofMillis(1)).onBackpressureDrop().doOnCancel(this.cancelled::incrementAndGet);
		}

		@Offload
		public int cancelled() {
			return this.cancelled.get();
		}

		@Offload
		public String fail() throws ShapeException {
			throw new ShapeException(new Shape("flat", 2));
		}

		@Offload
		public String failOddly() {
			throw new OddException();
		}

		@Offload
		public String surroundings() {
			return MDC.get("traceId") + " " + LocaleContextHolder.getLocale();
		}

		@Offload
		public @Nullable String property(String name) {
			return System.getProperty(name);
		}

	}

	static class Caller {

		private final Everything everything;

		Caller(Everything everything) {
			this.everything = everything;
		}

		@Offload
		public List<Long> outer() {
			return List.of(this.everything.pid(), ProcessHandle.current().pid());
		}

	}

	static class Rescued {

		@Offload(fallback = "rescue")
		public String risky(int number) {
			throw new IllegalStateException();
		}

		String rescue(int number) {
			return "rescued " + number + " in " + ProcessHandle.current().pid();
		}

		@Offload(fallback = "crashed")
		public String exits() {
			System.exit(3);
			return "";
		}

		String crashed(Throwable failure) {
			return "rescued " + failure.getClass().getSimpleName();
		}

	}

	@ConfigurationProperties("app")
	record AppProperties(String who, DataSize limit) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(AppProperties.class)
	static class AppConfiguration {

	}

	static class Configured {

		private final List<String> described;

		Configured(AppProperties properties, @Value("${app.greeting}") String greeting,
				@Value("${app.patience}") Duration patience, Environment environment) {
			this.described = List.of(greeting, Long.toString(properties.limit().toBytes()), patience.toString(),
					List.of(environment.getActiveProfiles()).toString(),
					environment.getProperty("workerpool.enabled", ""), properties.who());
		}

		@Offload
		public List<String> describe() {
			return this.described;
		}

	}

	static class Made {

		private final String origin;

		Made(String origin) {
			this.origin = origin;
		}

		@Offload
		public String origin() {
			return this.origin;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MadeConfiguration {

		@Bean
		Made made() {
			return new Made("made by a method");
		}

	}

	static class Collaborator {

		String help() {
			return "helped";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class CollaboratorConfiguration {

		@Bean
		Collaborator collaborator() {
			return new Collaborator();
		}

	}

	static class Needy {

		private final Collaborator collaborator;

		Needy(Collaborator collaborator) {
			this.collaborator = collaborator;
		}

		@Offload
		public String help() {
			return this.collaborator.help() + " in " + ProcessHandle.current().pid();
		}

	}

	static class Busy implements SmartLifecycle {

		private final AtomicInteger started = new AtomicInteger();

		private final AtomicInteger ticks = new AtomicInteger();

		@Scheduled(fixedRate = 5)
		void tick() {
			this.ticks.incrementAndGet();
		}

		@Override
		public void start() {
			this.started.incrementAndGet();
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class BusyConfiguration {

		@Bean
		Busy busy() {
			return new Busy();
		}

	}

	static class Watcher {

		private final Busy busy;

		Watcher(Busy busy) {
			this.busy = busy;
		}

		@Offload
		public String seen() {
			return "started " + this.busy.started + " ticks " + this.busy.ticks;
		}

	}

	static class PoolUser {

		private final WorkerPool pool;

		private final WorkerPools pools;

		PoolUser(WorkerPool pool, WorkerPools pools) {
			this.pool = pool;
			this.pools = pools;
		}

		@Offload
		public String names() {
			return this.pool.name() + " " + this.pools.names();
		}

		@Offload
		public String use() {
			return this.pool.submit(() -> WorkerContext.isWorker() ? "a" : "b").name();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WarmConfiguration {

		@Bean
		WorkerInitializer warm(Environment environment) {
			String by = environment.getProperty("absent", "helped");
			return (pool, worker) -> System.setProperty("warmed", pool + " by " + by);
		}

	}

}
