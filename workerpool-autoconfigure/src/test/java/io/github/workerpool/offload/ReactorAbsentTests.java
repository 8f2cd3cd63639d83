package io.github.workerpool.offload;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.workerpool.offload.InvalidOffloadException.Problem;
import org.junit.jupiter.api.Test;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Runs scenarios with classes of their own, from a class path without Reactor.
 */
class ReactorAbsentTests {

	@Test
	void valuesAndFuturesNeedNoReactor() throws Exception {
		assertThat(run(Scenario.class)).isEqualTo("value future");
	}

	@Test
	void reactiveTypesAreRefusedWithoutReactor() throws Exception {
		assertThat(run(RefusedScenario.class)).isEqualTo("refused");
	}

	private static Object run(Class<? extends Callable<?>> scenario) throws Exception {
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		try (URLClassLoader loader = new URLClassLoader(classPathWithoutReactor(),
				ClassLoader.getPlatformClassLoader())) {
			Thread.currentThread().setContextClassLoader(loader);
			Callable<?> isolated = (Callable<?>) loader.loadClass(scenario.getName())
				.getDeclaredConstructor()
				.newInstance();
			return isolated.call();
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
	}

	private static URL[] classPathWithoutReactor() {
		List<String> parts = Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
			.filter((part) -> !new File(part).getName().matches("(reactor-|reactive-streams).*"))
			.toList();
		return parts.stream().map((part) -> {
			try {
				return new File(part).toURI().toURL();
			}
			catch (MalformedURLException ex) {
				throw new IllegalStateException(ex);
			}
		}).toArray(URL[]::new);
	}

	private static void checkIsolation() {
		assertThat(ClassUtils.isPresent("reactor.core.publisher.Flux", ReactorAbsentTests.class.getClassLoader()))
			.isFalse();
		assertThat(ClassUtils.isPresent("org.reactivestreams.Publisher", ReactorAbsentTests.class.getClassLoader()))
			.isFalse();
	}

	public static class Scenario implements Callable<String> {

		@Override
		public String call() {
			checkIsolation();
			assertThat(ReactivePromise.of("text")).isNull();
			try (OffloadContext context = OffloadContext.of(Work.class)) {
				Work work = context.get(Work.class);
				work.nothing();
				return work.value() + " " + work.future().join();
			}
		}

	}

	public static class RefusedScenario implements Callable<String> {

		@Override
		public String call() {
			checkIsolation();
			Throwable thrown = catchThrowable(() -> OffloadContext.of(ReactiveWork.class).close());
			assertThat(NestedExceptionUtils.getMostSpecificCause(thrown))
				.isInstanceOfSatisfying(InvalidOffloadException.class, (ex) -> {
					assertThat(ex.problem()).isEqualTo(Problem.RETURN_TYPE);
					assertThat(ex.remedy()).contains("with Reactor on the class path");
				});
			return "refused";
		}

	}

	public static class Work {

		@Offload
		public void nothing() {
		}

		@Offload
		public String value() {
			return "value";
		}

		@Offload(fallback = "instead")
		public CompletableFuture<String> future() {
			throw new IllegalStateException();
		}

		String instead() {
			return "future";
		}

	}

	public static class ReactiveWork {

		@Offload
		public Flow.Publisher<String> flow() {
			return (subscriber) -> {
			};
		}

	}

}
