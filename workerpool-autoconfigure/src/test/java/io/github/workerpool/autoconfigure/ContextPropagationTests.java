package io.github.workerpool.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.core.TaskContext;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.core.task.TaskDecorator;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the context of a submitter as its task sees it.
 */
class ContextPropagationTests {

	private static final String TENANT = "workerpool.test.tenant";

	private static final ThreadLocal<String> tenant = new ThreadLocal<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=1");

	@BeforeEach
	void bind() {
		ContextRegistry.getInstance().registerThreadLocalAccessor(TENANT, tenant);
		MDC.put("user", "ada");
		LocaleContextHolder.setLocale(Locale.forLanguageTag("fi"));
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ada", "secret"));
		tenant.set("acme");
	}

	@AfterEach
	void unbind() {
		ContextRegistry.getInstance().removeThreadLocalAccessor((Object) TENANT);
		MDC.clear();
		LocaleContextHolder.resetLocaleContext();
		SecurityContextHolder.clearContext();
		tenant.remove();
	}

	@Test
	void contextTravelsWithTheTask() {
		this.contextRunner.run((context) -> assertThat(seen(context)).containsExactly("ada", "fi", "ada", "acme"));
	}

	@Test
	void nextTaskDoesNotSeeIt() {
		this.contextRunner.run((context) -> {
			assertThat(seen(context)).contains("ada");
			unbind();
			assertThat(seen(context)).containsExactly("null", Locale.getDefault().getLanguage(), "null", "null");
		});
	}

	@Test
	void contextOfTheRuntimeTravelsWithoutContextPropagation() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.micrometer.context"))
			.run((context) -> assertThat(seen(context)).containsExactly("ada", "fi", "ada", "null"));
	}

	@Test
	void restTravelsWithoutSpringSecurity() {
		unbind();
		MDC.put("user", "ada");
		this.contextRunner
			.withClassLoader(new FilteredClassLoader("org.springframework.security", "io.micrometer.context"))
			.run((context) -> assertThat(seen(context)).startsWith("ada"));
	}

	@Test
	void nothingTravelsIfThePoolSaysSo() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.propagate-context=false")
			.run((context) -> assertThat(seen(context)).containsExactly("null", Locale.getDefault().getLanguage(),
					"null", "null"));
	}

	@Test
	void currentObservationTravels() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.contextRunner.withBean(ObservationRegistry.class, () -> observations).run((context) -> {
			Observation request = Observation.start("request", observations);
			try (Observation.Scope scope = request.openScope()) {
				assertThat(pool(context).submit(observations::getCurrentObservation).get(30, TimeUnit.SECONDS))
					.isSameAs(request);
			}
			request.stop();
			assertThat(pool(context).submit(observations::getCurrentObservation).get(30, TimeUnit.SECONDS)).isNull();
		});
	}

	@Test
	void decoratorsSeeTheContextAndFailTheTaskIfTheyFail() {
		this.contextRunner.withBean(TaskDecorator.class, () -> (task) -> () -> {
			MDC.put("user", MDC.get("user") + " decorated");
			task.run();
		}).run((context) -> assertThat(seen(context)).startsWith("ada decorated"));
	}

	@Test
	void contextOfTheApplicationWins() {
		TaskContext mine = () -> null;
		this.contextRunner.withBean(TaskContext.class, () -> mine).run((context) -> {
			assertThat(context).hasSingleBean(TaskContext.class).doesNotHaveBean(ThreadContext.class);
			assertThat(seen(context)).startsWith("null");
		});
	}

	private static List<String> seen(ApplicationContext context) throws Exception {
		return pool(context).submit(() -> {
			Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
			return List.of(String.valueOf(MDC.get("user")), LocaleContextHolder.getLocale().getLanguage(),
					(authentication != null) ? authentication.getName() : "null", String.valueOf(tenant.get()));
		}).get(30, TimeUnit.SECONDS);
	}

	private static WorkerPool pool(ApplicationContext context) {
		return context.getBean(WorkerPools.class).get("images");
	}

}
