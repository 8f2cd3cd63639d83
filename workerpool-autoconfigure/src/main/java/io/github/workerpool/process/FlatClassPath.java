package io.github.workerpool.process;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

import io.github.workerpool.process.ChildClassPath.Element;

/**
 * A class path of jars only, in the same order and with the same contents as another: the
 * JVM makes archives of classes for no other. Jars stay where they are; directories and
 * what lies in an executable jar are laid out as jars in a directory of their own.
 *
 * @param items the places, in order
 */
record FlatClassPath(List<Item> items) {

	private static final String MANIFEST = JarFile.MANIFEST_NAME;

	private static final int MOST_FILES = 50_000;

	private static final long MOST_BYTES = 512L << 20;

	/** Of entries, in milliseconds: the start of the year 2000. */
	private static final long TIME = 946_684_800_000L;

	/**
	 * Plans a class path; writes nothing.
	 */
	static FlatClassPath of(List<Element> elements, Path directory) {
		List<Item> items = new ArrayList<>();
		for (Element element : elements) {
			String prefix = String.format(Locale.ROOT, "%03d-", items.size());
			if (element.entry() != null) {
				String name = element.entry().replaceFirst("/$", "").replaceFirst("^.*/", "");
				items
					.add(new Item(element, directory.resolve(prefix + (name.endsWith(".jar") ? name : name + ".jar"))));
			}
			else if (Files.isDirectory(element.file())) {
				items.add(new Item(element, directory.resolve(prefix + element.file().getFileName() + ".jar")));
			}
			else if (Files.isRegularFile(element.file())) {
				items.add(new Item(element, element.file()));
			}
		}
		return new FlatClassPath(List.copyOf(items));
	}

	String joined() {
		return ChildClassPath.join(this.items.stream().map(Item::path).toList());
	}

	boolean isComplete() {
		return this.items.stream().allMatch((item) -> Files.isRegularFile(item.path()));
	}

	/**
	 * Adds to a digest all that decides on the contents.
	 */
	void addTo(MessageDigest digest) throws IOException {
		for (Item item : this.items) {
			Path file = item.element().file();
			if (!Files.isDirectory(file)) {
				update(digest, file + "!" + item.element().entry(), file);
				continue;
			}
			for (Path each : filesIn(file)) {
				update(digest, each.toString(), each);
			}
		}
	}

	/**
	 * An empty entry of a class path is the current directory, which may be anything.
	 */
	private static List<Path> filesIn(Path directory) throws IOException {
		List<Path> files = new ArrayList<>();
		long bytes = 0;
		try (Stream<Path> tree = Files.walk(directory)) {
			for (Path path : (Iterable<Path>) tree::iterator) {
				if (Files.isRegularFile(path)) {
					files.add(path);
					bytes += Files.size(path);
				}
				if (files.size() > MOST_FILES || bytes > MOST_BYTES) {
					throw new IOException("'%s' holds too much to be a directory of classes".formatted(directory));
				}
			}
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
		files.sort(null);
		return files;
	}

	private static void update(MessageDigest digest, String name, Path file) throws IOException {
		String line = name + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis() + "\n";
		digest.update(line.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Writes the jars that aren't there yet.
	 */
	void layOut() throws IOException {
		for (Item item : this.items) {
			if (item.path().equals(item.element().file()) || Files.isRegularFile(item.path())) {
				continue;
			}
			Path unfinished = Files.createTempFile(item.path().toAbsolutePath().getParent(), "jar", ".tmp");
			String entry = item.element().entry();
			if (entry == null) {
				jarOfDirectory(item.element().file(), unfinished);
			}
			else {
				try (ZipFile archive = new ZipFile(item.element().file().toFile())) {
					if (entry.endsWith("/")) {
						jarOfEntries(archive, entry, unfinished);
					}
					else {
						copyEntry(archive, entry, unfinished);
					}
				}
			}
			// the same time whoever writes it, as the JVM compares times
			Files.setLastModifiedTime(unfinished, FileTime.fromMillis(TIME));
			Files.move(unfinished, item.path(), StandardCopyOption.ATOMIC_MOVE);
		}
	}

	private static void copyEntry(ZipFile archive, String name, Path target) throws IOException {
		ZipEntry entry = archive.getEntry(name);
		if (entry == null) {
			throw new IOException("'%s' has no entry '%s'".formatted(archive.getName(), name));
		}
		try (InputStream in = archive.getInputStream(entry)) {
			Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
		}
	}

	/**
	 * The classes of an executable jar. Its manifest tells their version, so it goes with
	 * them, without what concerns the launcher.
	 */
	private static void jarOfEntries(ZipFile archive, String prefix, Path target) throws IOException {
		try (Jar jar = new Jar(target)) {
			ZipEntry manifest = archive.getEntry(MANIFEST);
			if (manifest != null && archive.getEntry(prefix + MANIFEST) == null) {
				try (InputStream in = archive.getInputStream(manifest)) {
					jar.add(MANIFEST, withoutLauncher(in));
				}
			}
			List<? extends ZipEntry> entries = archive.stream()
				.filter((entry) -> !entry.isDirectory() && entry.getName().startsWith(prefix))
				.toList();
			for (ZipEntry entry : entries) {
				try (InputStream in = archive.getInputStream(entry)) {
					jar.add(entry.getName().substring(prefix.length()), in.readAllBytes());
				}
			}
		}
	}

	private static byte[] withoutLauncher(InputStream in) throws IOException {
		Manifest manifest = new Manifest(in);
		Attributes attributes = manifest.getMainAttributes();
		attributes.remove(Attributes.Name.MAIN_CLASS);
		attributes.remove(Attributes.Name.CLASS_PATH);
		attributes.keySet().removeIf((name) -> name.toString().startsWith("Spring-Boot-"));
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		manifest.write(out);
		return out.toByteArray();
	}

	private static void jarOfDirectory(Path directory, Path target) throws IOException {
		try (Jar jar = new Jar(target)) {
			Path manifest = directory.resolve(MANIFEST);
			if (Files.isRegularFile(manifest)) {
				jar.add(MANIFEST, Files.readAllBytes(manifest));
			}
			for (Path file : filesIn(directory)) {
				if (!file.equals(manifest)) {
					jar.add(directory.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
				}
			}
		}
	}

	/**
	 * One place.
	 *
	 * @param element where the classes lie
	 * @param path the jar for them
	 */
	record Item(Element element, Path path) {

	}

	/**
	 * Writes a jar: not compressed, as it is read more often than written; the same bytes
	 * for the same contents; with entries for directories, which those who scan packages
	 * ask for.
	 */
	private static final class Jar implements AutoCloseable {

		private final ZipOutputStream out;

		private final Set<String> names = new TreeSet<>();

		Jar(Path target) throws IOException {
			OutputStream file = Files.newOutputStream(target);
			this.out = new ZipOutputStream(new BufferedOutputStream(file));
		}

		void add(String name, byte[] content) throws IOException {
			for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
				put(name.substring(0, slash + 1), new byte[0]);
			}
			put(name, content);
		}

		private void put(String name, byte[] content) throws IOException {
			if (!this.names.add(name)) {
				return;
			}
			ZipEntry entry = new ZipEntry(name);
			CRC32 crc = new CRC32();
			crc.update(content);
			entry.setMethod(ZipEntry.STORED);
			entry.setSize(content.length);
			entry.setCrc(crc.getValue());
			entry.setTime(TIME);
			this.out.putNextEntry(entry);
			this.out.write(content);
			this.out.closeEntry();
		}

		@Override
		public void close() throws IOException {
			this.out.close();
		}

	}

}
