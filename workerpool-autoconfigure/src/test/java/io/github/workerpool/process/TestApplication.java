package io.github.workerpool.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

import org.springframework.boot.loader.tools.Layout;
import org.springframework.boot.loader.tools.Layouts;
import org.springframework.boot.loader.tools.Libraries;
import org.springframework.boot.loader.tools.Library;
import org.springframework.boot.loader.tools.LibraryScope;
import org.springframework.boot.loader.tools.Repackager;

/**
 * Packs {@link ProbeParent} and what it needs in the ways in which applications are
 * delivered.
 */
final class TestApplication {

	private static final List<String> LIBRARIES = List.of("slf4j-api", "logback", "jspecify", "assertj", "awaitility",
			"HdrHistogram", "spring-core", "commons-logging");

	private final Path directory;

	TestApplication(Path directory) {
		this.directory = directory;
	}

	/**
	 * The entries of this JVM's class path that matter.
	 */
	static List<Path> classPath() {
		return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(Path::of)
			.filter((path) -> Files.isDirectory(path)
					|| LIBRARIES.stream().anyMatch(path.getFileName().toString()::startsWith))
			.toList();
	}

	/**
	 * The same with every directory copied to another place.
	 */
	static List<Path> classPathCopiedTo(Path target) throws IOException {
		List<Path> copied = new ArrayList<>();
		for (Path path : classPath()) {
			Path copy = target.resolve(copied.size() + "-" + path.getFileName());
			copyTree(path, copy);
			copied.add(copy);
		}
		return copied;
	}

	private static void copyTree(Path source, Path target) throws IOException {
		try (Stream<Path> tree = Files.walk(source)) {
			for (Path path : (Iterable<Path>) tree::iterator) {
				Path copy = target.resolve(source.relativize(path).toString());
				if (Files.isDirectory(path)) {
					Files.createDirectories(copy);
				}
				else {
					Files.createDirectories(copy.getParent());
					Files.copy(path, copy);
				}
			}
		}
	}

	/**
	 * An executable jar, or war.
	 */
	Path executable(String name, Layout layout) throws IOException {
		List<Path> directories = classPath().stream().filter(Files::isDirectory).toList();
		String prefix = (layout instanceof Layouts.War) ? "WEB-INF/classes/" : "";
		Path plain = jar(directories.subList(0, 1), prefix, this.directory.resolve("plain-" + name));
		Path library = jar(directories.subList(1, directories.size()), "", this.directory.resolve("workerpool.jar"));
		Libraries libraries = (callback) -> {
			callback.library(new Library(library.toFile(), LibraryScope.COMPILE));
			for (Path path : classPath()) {
				if (Files.isRegularFile(path)) {
					callback.library(new Library(path.toFile(), LibraryScope.COMPILE));
				}
			}
		};
		Path executable = this.directory.resolve(name);
		Repackager repackager = new Repackager(plain.toFile());
		repackager.setMainClass(ProbeParent.class.getName());
		repackager.setLayout(layout);
		repackager.repackage(executable.toFile(), libraries);
		return executable;
	}

	private static Path jar(List<Path> directories, String prefix, Path jar) throws IOException {
		try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file)) {
			for (Path directory : directories) {
				try (Stream<Path> tree = Files.walk(directory)) {
					tree.filter(Files::isRegularFile)
						.filter((path) -> path.toString().endsWith(".class"))
						.forEach((path) -> add(out, prefix + directory.relativize(path), path));
				}
			}
		}
		return jar;
	}

	private static void add(JarOutputStream out, String name, Path content) {
		try {
			out.putNextEntry(new ZipEntry(name.replace('\\', '/')));
			Files.copy(content, out);
			out.closeEntry();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
