package io.github.workerpool.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

import io.github.workerpool.process.ChildClassPath.Element;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class FlatClassPathTests {

	@TempDir
	private Path temporary;

	private Path classes;

	private Path library;

	private Path executable;

	private Path target;

	@BeforeEach
	void application() throws IOException {
		this.classes = this.temporary.resolve("classes");
		Files.createDirectories(this.classes.resolve("org/example"));
		Files.createDirectories(this.classes.resolve("META-INF"));
		Files.writeString(this.classes.resolve("org/example/App.class"), "app");
		Files.writeString(this.classes.resolve("META-INF/MANIFEST.MF"), "Manifest-Version: 1.0\n");
		this.library = zip("library.jar", "x", "library");
		this.executable = zip("app.jar", "META-INF/MANIFEST.MF",
				"Manifest-Version: 1.0\nMain-Class: Launcher\nStart-Class: App\nSpring-Boot-Version: 4\nImplementation-Version: 7\n\n",
				"BOOT-INF/classes/org/example/App.class", "app", "BOOT-INF/lib/library.jar", "library");
		this.target = Files.createDirectory(this.temporary.resolve("target"));
	}

	@Test
	void directoriesBecomeJarsAndJarsStayWhereTheyAre() throws Exception {
		FlatClassPath flat = of(new Element(this.classes, null), new Element(this.library, null),
				new Element(this.temporary.resolve("missing.jar"), null));
		assertThat(flat.isComplete()).isFalse();
		flat.layOut();
		assertThat(flat.isComplete()).isTrue();
		Path jar = this.target.resolve("000-classes.jar");
		assertThat(flat.joined()).isEqualTo(ChildClassPath.join(List.of(jar, this.library)));
		assertThat(names(jar)).containsExactly("META-INF/", "META-INF/MANIFEST.MF", "org/", "org/example/",
				"org/example/App.class");
		assertThat(read(jar, "org/example/App.class")).isEqualTo("app");
	}

	@Test
	void contentsOfAnExecutableJarAreUnpacked() throws Exception {
		FlatClassPath flat = of(new Element(this.executable, "BOOT-INF/classes/"),
				new Element(this.executable, "BOOT-INF/lib/library.jar"));
		flat.layOut();
		Path jar = this.target.resolve("000-classes.jar");
		assertThat(flat.joined()).isEqualTo(ChildClassPath.join(List.of(jar, this.target.resolve("001-library.jar"))));
		assertThat(names(jar)).contains("org/example/", "org/example/App.class");
		assertThat(this.target.resolve("001-library.jar")).hasContent("library");
		try (JarFile file = new JarFile(jar.toFile())) {
			assertThat(file.getManifest().getMainAttributes().getValue("Implementation-Version")).isEqualTo("7");
			assertThat(file.getManifest().getMainAttributes().getValue("Main-Class")).isNull();
			assertThat(file.getManifest().getMainAttributes().getValue("Spring-Boot-Version")).isNull();
		}
	}

	@Test
	void sameContentsGiveTheSameBytesAndTimes() throws Exception {
		FlatClassPath flat = of(new Element(this.classes, null));
		flat.layOut();
		Path jar = this.target.resolve("000-classes.jar");
		byte[] first = Files.readAllBytes(jar);
		Object time = Files.getLastModifiedTime(jar);
		Files.delete(jar);
		flat.layOut();
		assertThat(jar).hasBinaryContent(first);
		assertThat(Files.getLastModifiedTime(jar)).isEqualTo(time);
		try (var files = Files.list(this.target)) {
			assertThat(files).containsExactly(jar);
		}
	}

	@Test
	void digestChangesWithWhatIsThere() throws Exception {
		FlatClassPath flat = of(new Element(this.classes, null), new Element(this.library, null));
		byte[] before = digest(flat);
		assertThat(digest(flat)).isEqualTo(before);
		Files.writeString(this.classes.resolve("org/example/App.class"), "changed");
		byte[] after = digest(flat);
		assertThat(after).isNotEqualTo(before);
		Files.writeString(this.library, "changed");
		assertThat(digest(flat)).isNotEqualTo(after);
	}

	private static byte[] digest(FlatClassPath flat) throws Exception {
		MessageDigest digest = MessageDigest.getInstance("SHA-256");
		flat.addTo(digest);
		return digest.digest();
	}

	private FlatClassPath of(Element... elements) {
		return FlatClassPath.of(List.of(elements), this.target);
	}

	private static List<String> names(Path jar) throws IOException {
		try (ZipFile file = new ZipFile(jar.toFile())) {
			return file.stream().map(ZipEntry::getName).toList();
		}
	}

	private static String read(Path jar, String name) throws IOException {
		try (ZipFile file = new ZipFile(jar.toFile())) {
			return new String(file.getInputStream(file.getEntry(name)).readAllBytes());
		}
	}

	private Path zip(String name, String... content) throws IOException {
		Path file = this.temporary.resolve(name);
		try (OutputStream out = Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
			for (int i = 0; i < content.length; i += 2) {
				zip.putNextEntry(new ZipEntry(content[i]));
				zip.write(content[i + 1].getBytes());
				zip.closeEntry();
			}
		}
		return file;
	}

}
