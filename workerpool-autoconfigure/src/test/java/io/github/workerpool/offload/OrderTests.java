package io.github.workerpool.offload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.github.workerpool.WorkerContext;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.NotBlank;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.test.util.AopTestUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.beanvalidation.MethodValidationPostProcessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Where {@code @Offload} stands among the annotations of others.
 */
class OrderTests {

	private static final List<Class<?>> ALL = List.of(Asynchronous.class, Resilience.class, Security.class,
			Caching.class, OffloadContext.Offloading.class, Transactions.class, Validation.class);

	private static final String[] OUTERMOST_FIRST = { "@Async", "resilience", "resilience", "security", "security",
			"caching", "@Offload", "@Transactional", "validation" };

	@AfterEach
	void clear() {
		SecurityContextHolder.clearContext();
	}

	static Stream<Arguments> registrations() {
		List<Arguments> arguments = new ArrayList<>();
		for (String proxies : List.of("class", "interfaces", "unconfigured")) {
			for (int seed = 0; seed < 8; seed++) {
				arguments.add(Arguments.of(proxies, shuffled(seed)));
			}
			arguments.add(Arguments.of(proxies, ALL));
			List<Class<?>> reversed = new ArrayList<>(ALL);
			Collections.reverse(reversed);
			arguments.add(Arguments.of(proxies, reversed));
		}
		return arguments.stream();
	}

	private static List<Class<?>> shuffled(int seed) {
		List<Class<?>> shuffled = new ArrayList<>(ALL);
		Collections.shuffle(shuffled, new Random(seed));
		return shuffled;
	}

	@ParameterizedTest
	@MethodSource("registrations")
	void orderDoesNotDependOnRegistration(String proxies, List<Class<?>> registered) {
		try (OffloadContext context = start(proxies, registered)) {
			Work work = context.get(Work.class);
			assertThat(AopUtils.isJdkDynamicProxy(work)).isEqualTo(!proxies.equals("class"));
			assertThat(advice((Advised) work)).containsExactly(OUTERMOST_FIRST);
		}
	}

	@ParameterizedTest
	@MethodSource("registrations")
	void everyAnnotationDoesItsPart(String proxies, List<Class<?>> registered) throws Exception {
		try (OffloadContext context = start(proxies, registered)) {
			Work work = context.get(Work.class);
			AllWork target = AopTestUtils.getUltimateTargetObject(work);
			// authorization happens before queueing
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("eve", "", "guest"));
			assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> work.work("x"));
			assertThat(context.pools().submitted()).isEmpty();
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "user"));
			// transactions are the worker's
			assertThat(work.work("x")).isEqualTo("x on default in transaction of worker true");
			assertThat(context.pools().submitted()).hasSize(1);
			// a cache hit costs no hop
			assertThat(work.work("x")).isEqualTo("x on default in transaction of worker true");
			assertThat(context.pools().submitted()).hasSize(1);
			// each attempt is a task of its own
			target.failures.set(2);
			assertThat(work.work("y")).startsWith("y on default");
			assertThat(context.pools().submitted()).hasSize(4);
			// validation runs on the worker, and each failure is retried
			assertThatExceptionOfType(ConstraintViolationException.class).isThrownBy(() -> work.work(" "));
			assertThat(context.pools().submitted()).hasSize(8);
			assertThat(context.pools().submitted()).allMatch((options) -> options.name().equals("AllWork.work"));
		}
	}

	@Test
	void cachingIsMovedOutOfTransactionsEvenIfOrderedInside() {
		try (OffloadContext context = OffloadContext.of(TestPools.started(),
				(application) -> application.register(TransactionsOutermost.class, CachingInnermost.class,
						Security.class, CachedInTransaction.class))) {
			assertThat(advice((Advised) context.get(CachedInTransaction.class))).containsExactly("security", "caching",
					"@Offload", "@Transactional");
			assertThat(advice((Advised) context.get(NotOffloaded.class))).containsExactly("@Transactional", "caching");
		}
	}

	@Test
	void asynchronousAdviceThatCameEarlyStaysOutside() {
		try (OffloadContext context = OffloadContext.of(TestPools.started(),
				(application) -> application.register(AsynchronousEarly.class, ResilienceEarly.class,
						Transactions.class, ValidationEarly.class, AllWork.class, AopAutoConfiguration.class))) {
			List<String> advice = advice((Advised) context.get(Work.class));
			assertThat(advice.indexOf("@Offload")).isGreaterThan(advice.lastIndexOf("resilience"))
				.isGreaterThan(advice.indexOf("@Async"))
				.isLessThan(advice.indexOf("@Transactional"))
				.isLessThan(advice.indexOf("validation"));
		}
	}

	@Test
	void advisorsOfApplicationsKeepTheirPlace() throws Exception {
		try (OffloadContext context = OffloadContext.of(TestPools.started(), (application) -> application
			.register(Transactions.class, Caching.class, OwnAdvisors.class, Plain.class, AopAutoConfiguration.class))) {
			assertThat(advice((Advised) context.get(Plain.class))).containsExactly("expose", "own first", "caching",
					"@Offload", "@Transactional", "own last");
			// advice on the worker can look up its invocation, as that of AspectJ does
			assertThat(context.get(Plain.class).work("x")).isEqualTo("work nowhere, work default, default");
		}
	}

	@Test
	void worksWithoutAutoProxyCreator() throws Exception {
		try (OffloadContext context = OffloadContext.of(TestPools.started(), Map.of("spring.aop.auto", "false"),
				(application) -> application.register(AopAutoConfiguration.class, Plain.class))) {
			assertThat(advice((Advised) context.get(Plain.class))).containsExactly("@Offload");
			assertThat(context.get(Plain.class).work("x")).isEqualTo("default");
		}
	}

	private static OffloadContext start(String proxies, List<Class<?>> registered) {
		Map<String, Object> properties = switch (proxies) {
			case "class" -> Map.of("spring.aop.proxy-target-class", "true");
			case "interfaces" -> Map.of("spring.aop.proxy-target-class", "false");
			default -> Map.of("spring.aop.auto", "false");
		};
		return OffloadContext.of(TestPools.started(), properties, (context) -> {
			registered.forEach((type) -> context.register(type));
			context.register(AllWork.class, AopAutoConfiguration.class);
		});
	}

	private static List<String> advice(Advised advised) {
		return Arrays.stream(advised.getAdvisors()).map(OrderTests::label).toList();
	}

	private static String label(Advisor advisor) {
		String name = (advisor instanceof DefaultPointcutAdvisor) ? advisor.getAdvice().getClass().getName()
				: advisor.getClass().getName();
		if (advisor instanceof Own own) {
			return own.label;
		}
		if (advisor.getAdvice() instanceof ExposeInvocationInterceptor) {
			return "expose";
		}
		return Map
			.of("OffloadAdvisor", "@Offload", "scheduling.annotation.Async", "@Async", "resilience", "resilience",
					"security", "security", "cache", "caching", "transaction", "@Transactional", "validation",
					"validation")
			.entrySet()
			.stream()
			.filter((entry) -> name.contains("." + entry.getKey()))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse(name);
	}

	private static String where() {
		return WorkerContext.current().map(WorkerContext::poolName).orElse("nowhere");
	}

	interface Work {

		// behind an interface-based proxy, these two aren't found on the class
		@Retryable(delay = 1)
		@ConcurrencyLimit(3)
		String work(@NotBlank String text);

		void background();

	}

	@Validated
	static class AllWork implements Work {

		final AtomicInteger failures = new AtomicInteger();

		@Override
		@Offload
		@PreAuthorize("hasAuthority('user')")
		@PostAuthorize("returnObject != null")
		@Cacheable("work")
		@Transactional
		public String work(String text) {
			if (this.failures.getAndUpdate((count) -> Math.max(count - 1, 0)) > 0) {
				throw new IllegalStateException("try again");
			}
			return text + " on " + where() + " in transaction of worker " + Manager.BEGUN_ON_WORKER.get();
		}

		@Override
		@Async
		public void background() {
		}

	}

	static class CachedInTransaction {

		@Offload
		@Cacheable("work")
		@Transactional
		@PreAuthorize("permitAll()")
		public String work() {
			return "";
		}

	}

	static class NotOffloaded {

		@Cacheable("work")
		@Transactional
		public String work() {
			return "";
		}

	}

	static class Plain {

		@Offload
		@Cacheable("work")
		@Transactional
		public String work(String text) {
			return where();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronous {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync(order = 1)
	static class AsynchronousEarly {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Resilience {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods(order = 2)
	static class ResilienceEarly {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class Security {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableCaching
	static class Caching {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableCaching(order = 1000, proxyTargetClass = true)
	static class CachingInnermost {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

		@Bean
		NotOffloaded notOffloaded() {
			return new NotOffloaded();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Transactions {

		@Bean
		PlatformTransactionManager transactionManager() {
			return new Manager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = 1, proxyTargetClass = true)
	static class TransactionsOutermost {

		@Bean
		PlatformTransactionManager transactionManager() {
			return new Manager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Validation {

		@Bean
		static MethodValidationPostProcessor methodValidationPostProcessor() {
			return new MethodValidationPostProcessor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ValidationEarly {

		@Bean
		static MethodValidationPostProcessor methodValidationPostProcessor() {
			MethodValidationPostProcessor postProcessor = new MethodValidationPostProcessor();
			postProcessor.setOrder(0);
			return postProcessor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnAdvisors {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor exposing() {
			Own advisor = new Own("expose", ExposeInvocationInterceptor.INSTANCE::invoke);
			advisor.setOrder(0);
			return advisor;
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor first() {
			Own advisor = new Own("own first", OwnAdvisors::tell);
			advisor.setOrder(1);
			return advisor;
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor zLast() {
			return new Own("own last", OwnAdvisors::tell);
		}

		private static Object tell(MethodInvocation invocation) throws Throwable {
			String found = FoundInvocation.methodName();
			return found + " " + where() + ", " + invocation.proceed();
		}

	}

	/** Opens what is protected. */
	private static final class FoundInvocation {

		static String methodName() {
			return ExposeInvocationInterceptor.currentInvocation().getMethod().getName();
		}

	}

	static class Own extends DefaultPointcutAdvisor {

		final String label;

		Own(String label, MethodInterceptor interceptor) {
			super(new AnnotationMatchingPointcut(null, Offload.class), interceptor);
			this.label = label;
		}

	}

	static class Manager extends AbstractPlatformTransactionManager {

		static final ThreadLocal<Boolean> BEGUN_ON_WORKER = ThreadLocal.withInitial(() -> false);

		@Override
		protected Object doGetTransaction() {
			return new Object();
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			BEGUN_ON_WORKER.set(WorkerContext.isWorker());
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			BEGUN_ON_WORKER.remove();
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			BEGUN_ON_WORKER.remove();
		}

	}

}
