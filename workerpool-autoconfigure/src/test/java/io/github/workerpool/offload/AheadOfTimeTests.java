package io.github.workerpool.offload;

import org.junit.jupiter.api.Test;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.ReflectionHintsPredicates;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is prepared for native images.
 */
class AheadOfTimeTests {

	private static final ReflectionHintsPredicates REFLECTION = RuntimeHintsPredicates.reflection();

	private static RuntimeHints hints(Class<?>... types) {
		RuntimeHints hints = new RuntimeHints();
		new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, types);
		return hints;
	}

	@Test
	void methodsAndFallbacksCanBeInvoked() {
		RuntimeHints hints = hints(OnMethod.class);
		assertThat(REFLECTION.onMethodInvocation(OnMethod.class, "work")).accepts(hints);
		assertThat(REFLECTION.onMethodInvocation(OnMethod.class, "instead")).accepts(hints);
		assertThat(REFLECTION.onMethodInvocation(Base.class, "inherited")).accepts(hints);
		assertThat(REFLECTION.onMethodInvocation(OnMethod.class, "other")).rejects(hints);
	}

	@Test
	void methodsOfAnnotatedTypeCanBeInvoked() {
		RuntimeHints hints = hints(OnType.class);
		assertThat(REFLECTION.onMethodInvocation(OnType.class, "work")).accepts(hints);
		assertThat(REFLECTION.onMethodInvocation(OnType.class, "instead")).accepts(hints);
		assertThat(REFLECTION.onMethodInvocation(OnType.class, "hidden")).rejects(hints);
	}

	@Test
	void fallbackNamedByPlaceholderMayBeAny() {
		assertThat(REFLECTION.onType(ByPlaceholder.class).withMemberCategory(MemberCategory.INVOKE_DECLARED_METHODS))
			.accepts(hints(ByPlaceholder.class));
	}

	@Test
	void rootOfKeysCanBeRead() {
		assertThat(REFLECTION.onType(TaskKey.Root.class).withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS))
			.accepts(hints(OnMethod.class))
			.rejects(hints(OnType.class));
	}

	@Test
	void proxyClassIsGenerated() {
		InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
		RuntimeHints hints = process(files, OffloadContext.Offloading.class, OnMethod.class);
		assertThat(files.getGeneratedFiles(Kind.CLASS).keySet())
			.anySatisfy((name) -> assertThat(name).contains("OnMethod$$SpringCGLIB"));
		assertThat(REFLECTION.onMethodInvocation(OnMethod.class, "work")).accepts(hints);
	}

	private static RuntimeHints process(GeneratedFiles files, Class<?>... components) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(components);
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get("example", "Application")), files);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			return generation.getRuntimeHints();
		}
	}

	public static class Base {

		String inherited(String text) {
			return text;
		}

	}

	public static class OnMethod extends Base {

		@Offload(key = "#text", fallback = "instead")
		public String work(String text) {
			return text;
		}

		private String instead(String text) {
			return text;
		}

		@Offload(fallback = "inherited")
		public String another(String text) {
			return instead(text);
		}

		public String other() {
			return "";
		}

	}

	@Offload(fallback = "instead")
	static class OnType {

		public String work() {
			return "";
		}

		String instead() {
			return "";
		}

		String hidden() {
			return "";
		}

	}

	static class ByPlaceholder {

		@Offload(fallback = "${app.fallback}")
		public String work() {
			return "";
		}

	}

}
