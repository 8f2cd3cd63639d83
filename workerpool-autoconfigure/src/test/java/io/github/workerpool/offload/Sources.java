package io.github.workerpool.offload;

import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles sources that can't be among those of the tests.
 */
final class Sources {

	private Sources() {
	}

	/**
	 * Compiles sources.
	 * @param directory where the classes go
	 * @param sources by class name
	 * @return a loader of these classes
	 */
	static URLClassLoader compile(Path directory, Map<String, String> sources) throws MalformedURLException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		List<JavaFileObject> files = new ArrayList<>();
		sources.forEach((name, source) -> files.add(new SimpleJavaFileObject(
				URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return source;
			}

		}));
		assertThat(compiler.getTask(null, null, null, List.of("-d", directory.toString(), "-proc:none"), null, files)
			.call()).isTrue();
		return new URLClassLoader(new URL[] { directory.toUri().toURL() }, Sources.class.getClassLoader());
	}

}
