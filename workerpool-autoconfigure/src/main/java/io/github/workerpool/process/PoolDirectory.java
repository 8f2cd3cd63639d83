package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a pool keeps the files of its children: one directory that nobody else may enter,
 * with one below it for each child. Its path is short, because that of a socket in it may
 * have no more than 108 bytes. It exists while there is something in it.
 * <p>
 * A JVM that is killed can't clean up, so its successors do: the name tells who made the
 * directory, by process id and start. Ids mean nothing outside their namespace, of which
 * several containers that share a temporary directory have one each, so that is part of
 * the name too. Safe for use by any number of threads.
 */
final class PoolDirectory implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(PoolDirectory.class);

	static final String PREFIX = "workerpool-";

	private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9a-z]+)-(\\d+)-([0-9a-z]+)-[0-9a-z]+");

	/** Leaves room for the name of a directory, a child and a socket. */
	private static final int LONGEST_PARENT = 40;

	private static final int KEPT_ERROR_FILES = 10;

	private static final int RADIX = 36;

	private final Path parent;

	private @Nullable Path path;

	private int children;

	PoolDirectory() {
		this(temporary());
	}

	PoolDirectory(Path parent) {
		this.parent = parent;
	}

	/** Where the directory is, or will be. */
	Path parent() {
		return this.parent;
	}

	private static Path temporary() {
		Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
		Path shorter = Path.of("/tmp");
		if (temporary.toString().length() > LONGEST_PARENT && Files.isWritable(shorter)) {
			return shorter;
		}
		return temporary;
	}

	/**
	 * Makes a directory for a child.
	 * @return its path
	 * @throws WorkerStartException if it can't be made
	 */
	synchronized Path newChild() {
		for (int attempt = 0;; attempt++) {
			try {
				if (this.path == null || !Files.isDirectory(this.path, LinkOption.NOFOLLOW_LINKS)) {
					// a cleaner of temporary files may have taken it away meanwhile
					this.path = Files.createDirectory(this.parent.resolve(newName()), onlyForOwner(this.parent));
				}
				return Files.createDirectory(this.path.resolve(Integer.toString(++this.children, RADIX)),
						onlyForOwner(this.path));
			}
			catch (FileAlreadyExistsException | NoSuchFileException ex) {
				if (attempt == 2) {
					throw cannotMake(ex);
				}
			}
			catch (IOException ex) {
				throw cannotMake(ex);
			}
		}
	}

	private WorkerStartException cannotMake(IOException ex) {
		return new WorkerStartException(
				"Can't start child JVMs: no directory for their files can be made in '%s' (%s). Make room there or make it writable, or set 'java.io.tmpdir' to a directory where it can be made"
					.formatted(this.parent, ex),
				ex);
	}

	private static String newName() {
		ProcessIdentity self = ProcessIdentity.current();
		return PREFIX + namespace() + "-" + self.pid() + "-" + encode(self.start()) + "-"
				+ Long.toString(ThreadLocalRandom.current().nextLong(1L << 30), RADIX);
	}

	private static String encode(String start) {
		return Long.toString(Long.parseLong(start), RADIX);
	}

	private static String namespace() {
		try {
			String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
			return Long.toString(Long.parseLong(link.replaceAll("\\D", "")), RADIX);
		}
		catch (IOException | UnsupportedOperationException | NumberFormatException ex) {
			return "0";
		}
	}

	static FileAttribute<?>[] onlyForOwner(Path path) {
		if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
			return new FileAttribute<?>[0];
		}
		return new FileAttribute<?>[] {
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")) };
	}

	/**
	 * Removes the directory of a child that has ended. A JVM's error file in it outlives
	 * it: the pool keeps the last few until it is closed.
	 * @param child what {@link #newChild()} returned
	 * @param errorFile the error file, if there is one
	 */
	void removeChild(Path child, @Nullable Path errorFile) {
		deleteTree(child);
		synchronized (this) {
			Path pool = this.path;
			if (pool == null) {
				return;
			}
			if (errorFile != null) {
				forgetOldErrorFiles(pool);
			}
			try {
				Files.deleteIfExists(pool);
				this.path = null;
			}
			catch (IOException ex) {
				// there are other children, or error files
			}
		}
	}

	/**
	 * Where a child's JVM writes its error file, beside the child's directory and not in
	 * it, so that its path stays good.
	 */
	static Path errorFile(Path child) {
		Path pool = child.toAbsolutePath().getParent();
		return ((pool != null) ? pool : child).resolve("hs_err_" + child.getFileName() + ".log");
	}

	private static void forgetOldErrorFiles(Path pool) {
		List<Path> files = list(pool, "hs_err_*.log");
		files.stream()
			.sorted((one, other) -> Long.compare(lastModified(other), lastModified(one)))
			.skip(KEPT_ERROR_FILES)
			.forEach(PoolDirectory::deleteTree);
	}

	private static long lastModified(Path file) {
		try {
			return Files.getLastModifiedTime(file).toMillis();
		}
		catch (IOException ex) {
			return 0;
		}
	}

	/**
	 * Removes the directories of JVMs that were killed before they could do it.
	 */
	void removeStale() {
		String namespace = namespace();
		for (Path candidate : list(this.parent, PREFIX + "*")) {
			Matcher name = NAME.matcher(candidate.getFileName().toString());
			if (!name.matches() || !name.group(1).equals(namespace) || !isOwn(candidate)) {
				continue;
			}
			ProcessIdentity maker = ProcessIdentity.of(Long.parseLong(name.group(2)));
			if (maker == null || !encode(maker.start()).equals(name.group(3))) {
				logger.debug("Removing '{}', whose maker is gone", candidate);
				deleteTree(candidate);
			}
		}
	}

	static boolean isOwn(Path directory) {
		try {
			return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
					&& Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).getName().equals(ownName());
		}
		catch (IOException | UnsupportedOperationException ex) {
			return false;
		}
	}

	private static String ownName() throws IOException {
		Path self = Path.of("/proc/self");
		return Files.exists(self) ? Files.getOwner(self).getName()
				: FileSystems.getDefault()
					.getUserPrincipalLookupService()
					.lookupPrincipalByName(System.getProperty("user.name"))
					.getName();
	}

	private static List<Path> list(Path directory, String glob) {
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
			List<Path> list = new ArrayList<>();
			entries.forEach(list::add);
			return list;
		}
		catch (IOException | DirectoryIteratorException ex) {
			return List.of();
		}
	}

	/**
	 * Deletes what is there, and never what a link in it points to.
	 */
	static void deleteTree(Path tree) {
		try {
			Files.walkFileTree(tree, new SimpleFileVisitor<>() {

				@Override
				public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
					return delete(file);
				}

				@Override
				public FileVisitResult visitFileFailed(Path file, IOException ex) {
					return FileVisitResult.CONTINUE;
				}

				@Override
				public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException ex) {
					return delete(directory);
				}

			});
		}
		catch (IOException ex) {
			logger.debug("Can't delete '{}'", tree, ex);
		}
	}

	private static FileVisitResult delete(Path path) {
		try {
			Files.deleteIfExists(path);
		}
		catch (IOException ex) {
			logger.debug("Can't delete '{}'", path, ex);
		}
		return FileVisitResult.CONTINUE;
	}

	/**
	 * Removes the directory with all that is left in it.
	 */
	@Override
	public synchronized void close() {
		if (this.path != null) {
			deleteTree(this.path);
			this.path = null;
		}
	}

}
