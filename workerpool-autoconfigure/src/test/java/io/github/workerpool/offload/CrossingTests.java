package io.github.workerpool.offload;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.workerpool.offload.InvalidOffloadException.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Which types of parameters and results are refused for pools of child JVMs.
 */
class CrossingTests {

	static Stream<String> good() {
		return Stream.of("primitives", "values", "interfaces", "generic", "arrays", "future", "mono", "flux", "nothing",
				"open", "optional");
	}

	static Stream<String> bad() {
		return Stream.of("stream", "plainClass", "inList", "inArray", "inOptional", "asFuture", "inFuture", "inMono",
				"inFlux", "asMono", "inMap");
	}

	@ParameterizedTest
	@MethodSource("good")
	void whatCanCrossIsNotRefused(String method) {
		assertThat(culprit(Good.class, method)).isNull();
	}

	@ParameterizedTest
	@MethodSource("bad")
	void whatCertainlyCantCrossIsFound(String method) {
		assertThat(culprit(Bad.class, method)).isNotNull();
	}

	@Test
	void culpritIsNamed() {
		assertThat(culprit(Bad.class, "stream")).isEqualTo("parameter 'input' of type 'java.io.InputStream'");
		assertThat(culprit(Bad.class, "inFuture")).isEqualTo("the result of type '" + Plain.class.getName() + "'");
	}

	@Test
	void startFailsIfPoolIsOfProcesses() {
		TestPools pools = TestPools.started().seeminglyOfProcesses();
		Throwable thrown = catchThrowable(
				() -> OffloadContext.of(pools, (context) -> context.register(Work.class)).close());
		assertThat(thrown).isInstanceOfSatisfying(InvalidOffloadException.class, (ex) -> {
			assertThat(ex.problem()).isEqualTo(Problem.CANNOT_CROSS);
			assertThat(ex.reason()).contains("'default'", "child JVMs", "parameter 'plain'");
			assertThat(ex.remedy()).contains("Serializable");
		});
	}

	@Test
	void sameTypesAreFineForThreads() {
		try (OffloadContext context = OffloadContext.of(Work.class)) {
			assertThat(context.get(Work.class).work(new Plain())).isEqualTo("done");
		}
	}

	private static String culprit(Class<?> type, String name) {
		return Stream.of(type.getDeclaredMethods())
			.filter((method) -> method.getName().equals(name))
			.map((method) -> Optional.ofNullable(Crossing.culprit(method, type)))
			.findFirst()
			.orElseThrow()
			.orElse(null);
	}

	static class Plain {

	}

	abstract static class Open {

	}

	record Point(int x, int y) {

	}

	static class Work {

		@Offload
		public String work(Plain plain) {
			return "done";
		}

	}

	interface Good {

		int primitives(int one, long other, boolean flag);

		Point values(String text, TimeUnit unit, Point point, Integer number, Object anything);

		CharSequence interfaces(Runnable task, List<String> list);

		<T extends Serializable> Map<String, T> generic(List<? extends T> list, Map<String, List<Point>> map);

		byte[] arrays(Point[][] points);

		CompletableFuture<String> future();

		Mono<Point> mono();

		Flux<String> flux();

		void nothing() throws IOException;

		Open open(Open open);

		Optional<Point> optional(OptionalInt number);

	}

	interface Bad {

		void stream(InputStream input);

		void plainClass(Plain plain);

		void inList(List<Plain> list);

		void inArray(Plain[] array);

		void inMap(Map<String, List<Plain>> map);

		Optional<Plain> inOptional();

		void asFuture(CompletableFuture<String> future);

		void asMono(Mono<String> mono);

		CompletableFuture<Plain> inFuture();

		Mono<Plain> inMono();

		Flux<Plain> inFlux();

	}

}
