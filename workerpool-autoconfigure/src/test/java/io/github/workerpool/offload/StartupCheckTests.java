package io.github.workerpool.offload;

import java.io.InputStream;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.offload.InvalidOffloadException.Problem;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.scheduling.annotation.Async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What is refused when the application starts.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartupCheckTests {

	static Stream<Arguments> invalid() {
		return Stream.of(invalid(UnknownPool.class, Problem.UNKNOWN_POOL, "'nowhere'", "default, images, single"),
				invalid(FinalClass.class, Problem.FINAL_CLASS, "is final", "Remove 'final'"),
				invalid(RecordClass.class, Problem.FINAL_CLASS, "is final", "record"),
				invalid(SealedClass.class, Problem.FINAL_CLASS, "is sealed", "Remove 'sealed'"),
				invalid(FinalMethod.class, Problem.FINAL_METHOD, "is final", "Remove 'final'"),
				invalid(FinalMethodOfAnnotatedType.class, Problem.FINAL_METHOD, "is final", "Remove 'final'"),
				invalid(PrivateMethod.class, Problem.PRIVATE_METHOD, "is private", "public"),
				invalid(StaticMethod.class, Problem.STATIC_METHOD, "is static", "instance method"),
				invalid(InheritedPrivateMethod.class, Problem.PRIVATE_METHOD, "is private", "public"),
				invalid(ReturnsStream.class, Problem.RETURN_TYPE, "java.util.stream.Stream", "List"),
				invalid(ReturnsIntStream.class, Problem.RETURN_TYPE, "java.util.stream.IntStream", "List"),
				invalid(ReturnsFutureTask.class, Problem.RETURN_TYPE, "java.util.concurrent.FutureTask",
						"CompletableFuture"),
				invalid(ReturnsForkJoinTask.class, Problem.RETURN_TYPE, "java.util.concurrent.ForkJoinTask",
						"CompletableFuture"),
				invalid(ReturnsConnectableFlux.class, Problem.RETURN_TYPE, "ConnectableFlux", "Flux"),
				invalid(BadTimeout.class, Problem.DURATION, "'timeout' is 'soon'", "500ms"),
				invalid(ZeroTimeout.class, Problem.DURATION, "'timeout' is '0s'", "500ms"),
				invalid(NegativeQueueTimeout.class, Problem.DURATION, "'queueTimeout' is '-1s'", "500ms"),
				invalid(HugeTimeout.class, Problem.DURATION, "'timeout' is '99999999999999999999d'", "500ms"),
				invalid(BadKey.class, Problem.KEY, "'#a.'", "SpEL"),
				invalid(KeyOfUnknownParameter.class, Problem.KEY, "'#tennant' is no parameter", "-parameters"),
				invalid(KeyOfUnknownPosition.class, Problem.KEY, "'#p1' is no parameter", "#p0"),
				invalid(NestedKeyOfUnknownParameter.class, Problem.KEY, "'#nobody' is no parameter", "-parameters"),
				invalid(MissingFallback.class, Problem.FALLBACK, "no other method 'nothing'", "Declare a method"),
				invalid(FallbackIsItself.class, Problem.FALLBACK, "no other method 'work'", "Declare a method"),
				invalid(FallbackWithOtherParameters.class, Problem.FALLBACK, "'instead(int)'", "work(String)"),
				invalid(FallbackWithTwoMore.class, Problem.FALLBACK, "'instead(String, Throwable, Throwable)'",
						"work(String)"),
				invalid(FallbackOfOtherType.class, Problem.FALLBACK, "returns 'java.lang.Integer'", "java.lang.String"),
				invalid(FallbackOfNothing.class, Problem.FALLBACK, "returns 'void'", "java.lang.String"),
				invalid(FallbackOfOtherElement.class, Problem.FALLBACK, "returns 'java.util.List<java.lang.Integer>'",
						"java.util.List<java.lang.String>"),
				invalid(FallbackOfOtherFuture.class, Problem.FALLBACK,
						"returns 'java.util.concurrent.CompletableFuture<java.lang.Integer>'", "CompletableFuture"),
				invalid(FallbackOfOtherMono.class, Problem.FALLBACK, "returns 'java.lang.Integer'", "Mono"),
				invalid(AlsoAsync.class, Problem.ASYNC, "@Async as well", "Remove one"),
				invalid(MethodOfAsyncType.class, Problem.ASYNC, "@Async as well", "Remove one"),
				invalid(PriorityTooHigh.class, Problem.PRIORITY, "'priority' is 101", "-100 to 100"),
				invalid(PriorityTooLow.class, Problem.PRIORITY, "'priority' is -101", "-100 to 100"),
				invalid(NegativeAttempts.class, Problem.MAX_ATTEMPTS, "'maxAttempts' is -1", "at least 1"),
				invalid(TransfersAndTriesAgain.class, Problem.MAX_ATTEMPTS, "the buffer 'image' is transferred",
						"byte[]"),
				invalid(TransfersAndFallsBack.class, Problem.FALLBACK, "would find the buffer 'image' detached",
						"byte[]"),
				invalid(UnresolvablePlaceholder.class, Problem.PLACEHOLDER, "'pool' is '${not.there}'",
						"${name:default}"));
	}

	private static Arguments invalid(Class<?> type, Problem problem, String reason, String remedy) {
		return Arguments.of(Named.of(type.getSimpleName(), type), problem, reason, remedy);
	}

	@ParameterizedTest
	@MethodSource("invalid")
	void whatCantWorkFailsTheStartWithBeanMethodReasonAndRemedy(Class<?> type, Problem problem, String reason,
			String remedy) {
		InvalidOffloadException thrown = refusal(type);
		assertThat(thrown.problem()).isEqualTo(problem);
		assertThat(thrown.bean()).isEqualTo("culprit");
		assertThat(thrown.method()).contains("StartupCheckTests$");
		assertThat(thrown.reason()).contains(reason).endsWith(".");
		assertThat(thrown.remedy()).contains(remedy);
		FailureAnalysis analysis = analyze(thrown);
		assertThat(analysis.getDescription()).contains("culprit", thrown.method(), thrown.reason());
		assertThat(analysis.getAction()).isEqualTo(thrown.remedy());
	}

	@ParameterizedTest
	@MethodSource("invalid")
	void beansThatAreCreatedLaterAreCheckedByTheirType(Class<?> type, Problem problem, String reason, String remedy) {
		Throwable lazy = catchThrowable(() -> OffloadContext
			.of(TestPools.started(),
					(context) -> context.registerBean("culprit", type, () -> make(type),
							(definition) -> definition.setLazyInit(true)))
			.close());
		assertThat(causeOf(lazy).problem()).isEqualTo(problem);
		Throwable prototype = catchThrowable(() -> OffloadContext
			.of(TestPools.started(),
					(context) -> context.registerBean("culprit", type, () -> make(type),
							(definition) -> definition.setScope("prototype")))
			.close());
		assertThat(causeOf(prototype).problem()).isEqualTo(problem);
	}

	@Test
	void suspendingFunctionIsRefused(@TempDir Path directory) throws Exception {
		// what Kotlin's compiler makes of 'suspend fun work(text: String): String'
		try (URLClassLoader classes = Sources.compile(directory, Map.of("kotlin.coroutines.Continuation",
				"package kotlin.coroutines; public interface Continuation<T> {}", "example.Suspending",
				"""
						package example;
						public class Suspending {
							@io.github.workerpool.offload.Offload
							public Object work(String text, kotlin.coroutines.Continuation<? super String> continuation) {
								return null;
							}
						}"""))) {
			Class<?> type = classes.loadClass("example.Suspending");
			InvalidOffloadException thrown = refusal(type);
			assertThat(thrown.problem()).isEqualTo(Problem.RETURN_TYPE);
			assertThat(thrown.reason()).contains("suspending");
		}
	}

	@Test
	void keyByNameOfParametersWithoutNamesIsRefused(@TempDir Path directory) throws Exception {
		try (URLClassLoader classes = Sources.compile(directory, Map.of("example.Nameless", """
				package example;
				public class Nameless {
					@io.github.workerpool.offload.Offload(key = "#text")
					public void work(String text) {
					}
				}"""))) {
			InvalidOffloadException thrown = refusal(classes.loadClass("example.Nameless"));
			assertThat(thrown.problem()).isEqualTo(Problem.KEY);
			assertThat(thrown.reason()).contains("have no names in the class file");
			assertThat(thrown.remedy()).contains("-parameters");
		}
	}

	@Test
	void beanFromFactoryMethodOfInterfaceTypeIsCheckedWhenCreated() {
		try (OffloadContext context = OffloadContext.of(LazyByInterface.class)) {
			Throwable thrown = catchThrowable(() -> context.get(Callable.class));
			assertThat(causeOf(thrown).problem()).isEqualTo(Problem.DURATION);
		}
	}

	@Test
	void poolOfBeanCreatedAfterStartIsChecked() {
		try (OffloadContext context = OffloadContext.of(LazyWithUnknownPool.class)) {
			Throwable thrown = catchThrowable(() -> context.get(Callable.class));
			assertThat(causeOf(thrown).problem()).isEqualTo(Problem.UNKNOWN_POOL);
		}
	}

	@Test
	void methodThatInterfaceProxyLacksIsRefused() {
		InvalidOffloadException thrown = causeOf(catchThrowable(() -> OffloadContext.of(NotOnInterface.class).close()));
		assertThat(thrown.problem()).isEqualTo(Problem.NOT_ON_INTERFACE);
		assertThat(thrown.method()).endsWith("hidden()");
	}

	@Test
	void finalClassBehindItsInterfaceIsFine() throws Exception {
		try (OffloadContext context = OffloadContext.of(FinalWithInterface.class)) {
			assertThat(context.get(Callable.class).call()).isEqualTo("default");
		}
	}

	@Test
	void beanWithoutOffloadIsNeverRefused() {
		try (OffloadContext context = OffloadContext.of(Innocent.class)) {
			assertThat(context.get(Innocent.class)).isExactlyInstanceOf(Innocent.class);
		}
	}

	@Test
	void poolsAreNotAskedForWithoutNeed() {
		try (OffloadContext context = OffloadContext.of(new TestPools(),
				(applicationContext) -> applicationContext.register(Innocent.class))) {
			assertThat(context.pools().names()).isEmpty();
		}
	}

	@Test
	void beanCreatedTooEarlyIsReported(CapturedOutput output) {
		try (OffloadContext context = OffloadContext.of(EarlyConfiguration.class)) {
			assertThat(context.get(Early.class)).isExactlyInstanceOf(Early.class);
			assertThat(output).contains("Bean 'early' has @Offload methods, but was created too early");
		}
	}

	@Test
	void analyzerIsRegistered() {
		assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, (type, name, failure) -> {
			})).hasAtLeastOneElementOfType(OffloadFailureAnalyzer.class);
	}

	private static InvalidOffloadException refusal(Class<?> type) {
		return causeOf(catchThrowable(() -> OffloadContext
			.of(TestPools.started(), (context) -> context.registerBean("culprit", type, () -> make(type)))
			.close()));
	}

	@SuppressWarnings("unchecked")
	private static <T> T make(Class<?> type) {
		try {
			var constructor = type.getDeclaredConstructor();
			constructor.setAccessible(true);
			return (T) constructor.newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static FailureAnalysis analyze(Throwable thrown) {
		return new OffloadFailureAnalyzer().analyze(new IllegalStateException(thrown));
	}

	private static InvalidOffloadException causeOf(Throwable thrown) {
		for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
			if (cause instanceof InvalidOffloadException invalid) {
				return invalid;
			}
		}
		throw new AssertionError("not refused", thrown);
	}

	static class UnknownPool {

		@Offload("nowhere")
		public void work() {
		}

	}

	static final class FinalClass {

		@Offload
		public void work() {
		}

	}

	record RecordClass() {

		@Offload
		public void work() {
		}

	}

	abstract static sealed class Sealing permits SealedClass {

	}

	static sealed class SealedClass extends Sealing permits Unsealed {

		@Offload
		public void work() {
		}

	}

	static non-sealed class Unsealed extends SealedClass {

	}

	static class FinalMethod {

		@Offload
		public final void work() {
		}

	}

	@Offload
	static class FinalMethodOfAnnotatedType {

		public final void work() {
		}

	}

	static class PrivateMethod {

		@Offload
		private void work() {
		}

	}

	static class InheritedPrivateMethod extends PrivateMethod {

	}

	static class StaticMethod {

		@Offload
		public static void work() {
		}

	}

	static class ReturnsStream {

		@Offload
		public Stream<String> work() {
			return Stream.empty();
		}

	}

	static class ReturnsIntStream {

		@Offload
		public IntStream work() {
			return IntStream.empty();
		}

	}

	static class ReturnsFutureTask {

		@Offload
		public FutureTask<String> work() {
			return new FutureTask<>(() -> "");
		}

	}

	static class ReturnsForkJoinTask {

		@Offload
		public ForkJoinTask<String> work() {
			return ForkJoinTask.adapt(() -> "");
		}

	}

	static class ReturnsConnectableFlux {

		@Offload
		public ConnectableFlux<String> work() {
			throw new UnsupportedOperationException();
		}

	}

	static class BadTimeout {

		@Offload(timeout = "soon")
		public void work() {
		}

	}

	static class ZeroTimeout {

		@Offload(timeout = "0s")
		public void work() {
		}

	}

	static class HugeTimeout {

		@Offload(timeout = "99999999999999999999d")
		public void work() {
		}

	}

	static class NegativeQueueTimeout {

		@Offload(queueTimeout = "-1s")
		public void work() {
		}

	}

	static class BadKey {

		@Offload(key = "#a.")
		public void work(String a) {
		}

	}

	static class KeyOfUnknownParameter {

		@Offload(key = "#tennant")
		public void work(String tenant) {
		}

	}

	static class KeyOfUnknownPosition {

		@Offload(key = "#p1")
		public void work(String tenant) {
		}

	}

	static class NestedKeyOfUnknownParameter {

		@Offload(key = "#tenant + (#nobody ?: 'x')")
		public void work(String tenant) {
		}

	}

	static class MissingFallback {

		@Offload(fallback = "nothing")
		public String work(String text) {
			return text;
		}

	}

	static class FallbackIsItself {

		@Offload(fallback = "work")
		public String work(String text) {
			return text;
		}

	}

	static class FallbackWithOtherParameters {

		@Offload(fallback = "instead")
		public String work(String text) {
			return text;
		}

		String instead(int number) {
			return "";
		}

	}

	static class FallbackWithTwoMore {

		@Offload(fallback = "instead")
		public String work(String text) {
			return text;
		}

		String instead(String text, Throwable one, Throwable other) {
			return "";
		}

	}

	static class FallbackOfOtherType {

		@Offload(fallback = "instead")
		public String work(String text) {
			return text;
		}

		Integer instead(String text) {
			return 1;
		}

	}

	static class FallbackOfNothing {

		@Offload(fallback = "instead")
		public String work(String text) {
			return text;
		}

		void instead(String text) {
		}

	}

	static class FallbackOfOtherElement {

		@Offload(fallback = "instead")
		public List<String> work(String text) {
			return List.of(text);
		}

		List<Integer> instead(String text) {
			return List.of();
		}

	}

	static class FallbackOfOtherFuture {

		@Offload(fallback = "instead")
		public CompletableFuture<String> work(String text) {
			return CompletableFuture.completedFuture(text);
		}

		CompletableFuture<Integer> instead(String text) {
			return CompletableFuture.completedFuture(1);
		}

	}

	static class FallbackOfOtherMono {

		@Offload(fallback = "instead")
		public Mono<String> work(String text) {
			return Mono.just(text);
		}

		Integer instead(String text) {
			return 1;
		}

	}

	static class AlsoAsync {

		@Offload
		@Async
		public void work() {
		}

	}

	@Async
	static class MethodOfAsyncType {

		@Offload
		public void work() {
		}

	}

	static class PriorityTooHigh {

		@Offload(priority = 101)
		public void work() {
		}

	}

	static class PriorityTooLow {

		@Offload(priority = -101)
		public void work() {
		}

	}

	static class NegativeAttempts {

		@Offload(maxAttempts = -1)
		public void work() {
		}

	}

	static class TransfersAndTriesAgain {

		@Offload(maxAttempts = 2)
		public int work(TransferableBuffer image) {
			return image.size();
		}

	}

	static class TransfersAndFallsBack {

		@Offload(fallback = "instead")
		public int work(TransferableBuffer image) {
			return image.size();
		}

		int instead(TransferableBuffer image) {
			return 0;
		}

	}

	static class UnresolvablePlaceholder {

		@Offload("${not.there}")
		public void work() {
		}

	}

	static class Innocent {

		public final Stream<InputStream> work(Map<String, Optional<String>> map) {
			return Stream.empty();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyByInterface {

		@Bean
		@Lazy
		Callable<String> culprit() {
			return new Hidden();
		}

		static class Hidden implements Callable<String> {

			@Override
			@Offload(timeout = "soon")
			public String call() {
				return "";
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyWithUnknownPool {

		@Bean
		@Scope("prototype")
		Callable<String> culprit() {
			return new Hidden();
		}

		static class Hidden implements Callable<String> {

			@Override
			@Offload("nowhere")
			public String call() {
				return "";
			}

		}

	}

	static class NotOnInterface implements Callable<String> {

		@Override
		public String call() {
			return "";
		}

		@Offload
		public String hidden() {
			return "";
		}

	}

	static final class FinalWithInterface implements Callable<String> {

		@Override
		@Offload
		public String call() {
			return WorkerContext.current().orElseThrow().poolName();
		}

	}

	static class Early {

		@Offload
		public void work() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EarlyConfiguration {

		@Bean
		static Early early() {
			return new Early();
		}

		@Bean
		static NeedsEarly needsEarly(Early early) {
			return new NeedsEarly();
		}

	}

	static class NeedsEarly implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

}
