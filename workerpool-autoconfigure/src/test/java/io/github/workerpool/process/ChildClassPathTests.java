package io.github.workerpool.process;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import io.github.workerpool.process.ChildClassPath.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

@DisabledOnOs(OS.WINDOWS)
class ChildClassPathTests {

	@Test
	void entriesAreMadeAbsolute() {
		ChildClassPath classPath = classPath("app.jar:lib/../x.jar:/abs.jar:");
		Path here = Path.of("").toAbsolutePath();
		assertThat(classPath.entries()).containsExactly(here.resolve("app.jar"), here.resolve("x.jar"),
				Path.of("/abs.jar"));
		assertThat(classPath.commandFor("x.Main")).containsExactly("-cp",
				here + "/app.jar" + File.pathSeparator + here + "/x.jar" + File.pathSeparator + "/abs.jar", "x.Main");
	}

	@Test
	void emptyEntryIsTheCurrentDirectory() {
		assertThat(classPath("/a.jar::/b.jar").entries()).containsExactly(Path.of("/a.jar"),
				Path.of("").toAbsolutePath(), Path.of("/b.jar"));
	}

	@Test
	void classPathOfTestsIsPreferredToThatOfTheirBooter() {
		Properties properties = properties("/booter.jar");
		properties.setProperty("surefire.test.class.path", "/classes:/lib.jar");
		assertThat(ChildClassPath.of(properties, List.of()).entries()).containsExactly(Path.of("/classes"),
				Path.of("/lib.jar"));
	}

	@Test
	void modulePathIsAdded() {
		Properties properties = properties("/classes");
		properties.setProperty("jdk.module.path", "/mods");
		assertThat(ChildClassPath.of(properties, List.of()).entries()).containsExactly(Path.of("/classes"),
				Path.of("/mods"));
	}

	@Test
	void whatClassLoadersAddComesLastAndOnce() throws Exception {
		URL[] urls = { url("file:/classes/"), url("file:/web%20app/lib.jar"), url("jar:file:/other.jar!/"),
				url("https://example.org/x.jar") };
		try (URLClassLoader loader = new URLClassLoader(urls, null)) {
			assertThat(ChildClassPath.of(properties("/classes"), List.of(loader)).entries())
				.containsExactly(Path.of("/classes"), Path.of("/web app/lib.jar"), Path.of("/other.jar"));
		}
	}

	@Test
	void addressesOfBootsLoaderAreUnderstood() {
		assertThat(ChildClassPath.element("jar:nested:/some%20where/app.jar/!BOOT-INF/classes/!/"))
			.isEqualTo(new Element(Path.of("/some where/app.jar"), "BOOT-INF/classes/"));
		assertThat(ChildClassPath.element("jar:nested:/app.jar/!BOOT-INF/lib/x-1.0.jar!/"))
			.isEqualTo(new Element(Path.of("/app.jar"), "BOOT-INF/lib/x-1.0.jar"));
		assertThat(ChildClassPath.element("jar:file:/dir/BOOT-INF/lib/x.jar!/"))
			.isEqualTo(new Element(Path.of("/dir/BOOT-INF/lib/x.jar"), null));
		assertThat(ChildClassPath.element("file:/with blank/x.jar"))
			.isEqualTo(new Element(Path.of("/with blank/x.jar"), null));
		assertThat(ChildClassPath.element("https://example.org/x.jar")).isNull();
		assertThat(ChildClassPath.element("jrt:/java.base")).isNull();
	}

	private static URL url(String url) throws Exception {
		return new URI(url).toURL();
	}

	private static ChildClassPath classPath(String classPath) {
		return ChildClassPath.of(properties(classPath), List.of());
	}

	private static Properties properties(String classPath) {
		Properties properties = new Properties();
		properties.setProperty("java.class.path", classPath);
		return properties;
	}

}
