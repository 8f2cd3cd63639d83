package io.github.workerpool.autoconfigure;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.FileSystemGeneratedFiles;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.javapoet.ClassName;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that was processed ahead of time, run in a JVM of its own.
 */
class AheadOfTimeIntegrationTests {

	@TempDir
	private Path directory;

	@Test
	void poolsFollowThePropertiesOfTheRunTime() throws Exception {
		String initializer = process();
		compile();
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						this.directory + System.getProperty("path.separator") + classPath(),
						"-Dspring.aot.enabled=true", "-Dworkerpool.pools.image-resize.size=1",
						"-Dworkerpool.default-pool=csv", Application.class.getName(), initializer));
		Path output = this.directory.resolve("output.txt");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
		try {
			assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		assertThat(Files.readString(output)).contains("pools [csv, image-resize]")
			.contains("image-resize on a worker of image-resize")
			.contains("primary csv");
	}

	private String process() {
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get("com.example", "Application")),
				new FileSystemGeneratedFiles(this.directory));
		ClassName initializer;
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues.of("workerpool.pools.images.size=1").applyTo(context);
			context.register(WorkerPoolAutoConfiguration.class);
			initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		}
		generation.writeGeneratedContent();
		return initializer.canonicalName();
	}

	private void compile() throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			List<String> arguments = new ArrayList<>(
					List.of("-proc:none", "-nowarn", "-d", this.directory.toString(), "-cp", classPath()));
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(arguments::add);
			ByteArrayOutputStream errors = new ByteArrayOutputStream();
			int result = ToolProvider.getSystemJavaCompiler()
				.run(null, errors, errors, arguments.toArray(String[]::new));
			assertThat(result).as(errors.toString(StandardCharsets.UTF_8)).isZero();
		}
	}

	private static String classPath() {
		return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
	}

	/** Starts from what was generated, and from nothing else. */
	static final class Application {

		private Application() {
		}

		@SuppressWarnings("unchecked")
		public static void main(String[] args) throws Exception {
			try (GenericApplicationContext context = new GenericApplicationContext()) {
				((ApplicationContextInitializer<GenericApplicationContext>) ClassUtils.forName(args[0], null)
					.getDeclaredConstructor()
					.newInstance()).initialize(context);
				context.refresh();
				WorkerPool pool = context.getBean("imageResizeWorkerPool", WorkerPool.class);
				String thread = pool.submit(() -> Thread.currentThread().getName()).get(30, TimeUnit.SECONDS);
				System.out.println("pools " + context.getBean(WorkerPools.class).names());
				System.out.println(
						pool.name() + " on a worker of " + (thread.contains("image-resize") ? "image-resize" : thread));
				System.out.println("primary " + context.getBean(WorkerPool.class).name());
			}
		}

	}

}
