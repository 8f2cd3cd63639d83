package io.github.workerpool.autoconfigure;

import io.github.workerpool.actuate.WorkerPoolEndpoint;
import io.github.workerpool.actuate.WorkerPoolEndpointWebExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what is made of the pools when an application is processed ahead of time.
 */
class AheadOfTimeTests {

	private static RuntimeHints hints;

	private static String source;

	@BeforeAll
	static void process() throws Exception {
		InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get("com.example", "Application")), files);
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues
				.of("workerpool.pools.images.size=1", "workerpool.pools.csv.size=1",
						"management.endpoints.web.exposure.include=workerpool")
				.applyTo(context);
			context.register(WorkerPoolAutoConfiguration.class, WorkerPoolEndpointAutoConfiguration.class,
					WorkerPoolHealthContributorAutoConfiguration.class);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		}
		generation.writeGeneratedContent();
		hints = generation.getRuntimeHints();
		StringBuilder all = new StringBuilder();
		for (String path : files.getGeneratedFiles(Kind.SOURCE).keySet()) {
			all.append(files.getGeneratedFileContent(Kind.SOURCE, path));
		}
		source = all.toString();
	}

	@Test
	void wiringIsGenerated() {
		assertThat(source).contains("workerPools").contains("workerPoolsLifecycle").contains("workerPoolBeanRegistrar");
	}

	@Test
	void poolsAreLeftToTheRunTime() {
		assertThat(source).doesNotContain("imagesWorkerPool").doesNotContain("csvWorkerPool");
	}

	@Test
	void propertiesCanBeBound() {
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(WorkerPoolProperties.class)
			.and(RuntimeHintsPredicates.reflection().onMethodInvocation(WorkerPoolProperties.class, "setDefaultPool")))
			.accepts(hints);
		assertThat(
				RuntimeHintsPredicates.reflection()
					.onMethodInvocation(WorkerPoolProperties.Pool.class, "setMinSize")
					.and(RuntimeHintsPredicates.reflection()
						.onMethodInvocation(WorkerPoolProperties.Pool.Restart.Backoff.class, "setInitial")))
			.accepts(hints);
	}

	@Test
	void endpointCanAnswer() {
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(WorkerPoolEndpoint.class, "pools"))
			.accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(WorkerPoolEndpoint.PoolDescriptor.class)
			.withMemberCategory(MemberCategory.ACCESS_DECLARED_FIELDS)).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(WorkerPoolEndpoint.TimingsDescriptor.class, "getWait")).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection().onType(WorkerPoolEndpointWebExtension.ProblemDescriptor.class))
			.accepts(hints);
	}

	@Test
	void processingStartsNothing() {
		assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.noneMatch((name) -> name.contains("csv"));
	}

}
