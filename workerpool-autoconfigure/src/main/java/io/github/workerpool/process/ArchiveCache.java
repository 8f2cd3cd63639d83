package io.github.workerpool.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where archives of classes are kept from one start of an application to the next: one
 * directory per key, in the user's directory for caches. Nobody else may write there, as
 * children run what lies in it. Several JVMs may use a directory at once; each leaves a
 * file in it that names its process, and a directory with such a file isn't removed.
 */
final class ArchiveCache {

	private static final Logger logger = LoggerFactory.getLogger(ArchiveCache.class);

	private static final int MOST_ENTRIES = 8;

	private static final long MOST_BYTES = 1L << 30;

	/** What was used lately is about to be used again. */
	private static final Duration RECENT = Duration.ofHours(1);

	private static final String USERS = "users";

	private static final String REMOVED = ".removed";

	private final Path root;

	ArchiveCache(Path root) {
		this.root = root;
	}

	/**
	 * The cache of this user.
	 */
	static ArchiveCache ofUser() {
		Path home = Path.of(System.getProperty("user.home", ""));
		if (home.isAbsolute() && Files.isWritable(home)) {
			return new ArchiveCache(ofUser(home).resolve("workerpool"));
		}
		return new ArchiveCache(Path.of(System.getProperty("java.io.tmpdir"))
			.toAbsolutePath()
			.resolve("workerpool-cache-" + System.getProperty("user.name", "").replaceAll("\\W", "_")));
	}

	private static Path ofUser(Path home) {
		if (Signals.isMac()) {
			return home.resolve("Library").resolve("Caches");
		}
		String named = System.getenv(Signals.isWindows() ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
		if (named != null && Path.of(named).isAbsolute()) {
			return Path.of(named);
		}
		return home.resolve(Signals.isWindows() ? "AppData/Local" : ".cache");
	}

	/**
	 * The directory for a key, which need not exist.
	 */
	Path directory(String key) {
		return this.root.resolve(key);
	}

	/**
	 * Makes the directory for a key.
	 */
	void make(Path directory) throws IOException {
		Path parent = this.root.getParent();
		if (parent != null) {
			Files.createDirectories(parent);
		}
		if (!Files.isDirectory(this.root, LinkOption.NOFOLLOW_LINKS)) {
			Files.createDirectory(this.root, PoolDirectory.onlyForOwner(this.root));
		}
		refuseIfOthersCanWrite();
		if (!Files.isDirectory(directory)) {
			Files.createDirectory(directory, PoolDirectory.onlyForOwner(this.root));
		}
		Files.createDirectories(directory.resolve(USERS));
	}

	boolean isSafe() {
		try {
			refuseIfOthersCanWrite();
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void refuseIfOthersCanWrite() throws IOException {
		if (!this.root.getFileSystem().supportedFileAttributeViews().contains("posix")) {
			return;
		}
		Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(this.root, LinkOption.NOFOLLOW_LINKS);
		if (!PoolDirectory.isOwn(this.root) || permissions.contains(PosixFilePermission.GROUP_WRITE)
				|| permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
			throw new IOException("others can write to '%s'".formatted(this.root));
		}
	}

	/**
	 * Keeps a directory from being removed.
	 * @return a file to delete when it is no longer needed, {@code null} if the directory
	 * is gone
	 */
	static @Nullable Path use(Path directory) {
		try {
			ProcessIdentity self = ProcessIdentity.current();
			Path user = Files.createTempFile(directory.resolve(USERS), self.pid() + "-" + self.start() + "-", "");
			touch(directory);
			return user;
		}
		catch (IOException ex) {
			return null;
		}
	}

	static void touch(Path directory) throws IOException {
		Files.setLastModifiedTime(directory, FileTime.from(Instant.now()));
	}

	/**
	 * Removes what was not used for longest, where there is too much.
	 */
	void prune() {
		prune(MOST_ENTRIES, MOST_BYTES, RECENT);
	}

	void prune(int mostEntries, long mostBytes, Duration recent) {
		Instant then = Instant.now().minus(recent);
		int entries = 0;
		long bytes = 0;
		for (Path directory : newestFirst()) {
			entries++;
			bytes += size(directory);
			boolean removable = directory.toString().endsWith(REMOVED)
					|| (entries > mostEntries || bytes > mostBytes) && lastUse(directory).isBefore(then);
			if (removable && !isInUse(directory)) {
				remove(directory);
			}
		}
	}

	private static void remove(Path directory) {
		Path aside = directory.resolveSibling(directory.getFileName().toString().replace(REMOVED, "") + REMOVED);
		try {
			if (!aside.equals(directory)) {
				Files.move(directory, aside);
			}
			if (isInUse(aside)) {
				// somebody came at the last moment
				Files.move(aside, directory);
				return;
			}
		}
		catch (IOException ex) {
			return;
		}
		logger.debug("Removing '{}' from the cache", directory);
		PoolDirectory.deleteTree(aside);
	}

	private List<Path> newestFirst() {
		try (Stream<Path> entries = Files.list(this.root)) {
			return entries.filter((path) -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
				.sorted(Comparator.comparing(ArchiveCache::lastUse).reversed())
				.toList();
		}
		catch (IOException ex) {
			return List.of();
		}
	}

	private static Instant lastUse(Path directory) {
		try {
			return Files.getLastModifiedTime(directory).toInstant();
		}
		catch (IOException ex) {
			return Instant.EPOCH;
		}
	}

	private static boolean isInUse(Path directory) {
		try (Stream<Path> users = Files.list(directory.resolve(USERS))) {
			return users.anyMatch((user) -> {
				String[] parts = user.getFileName().toString().split("-", 3);
				return parts.length == 3 && parts[0].matches("\\d{1,18}")
						&& new ProcessIdentity(Long.parseLong(parts[0]), parts[1]).isAlive();
			});
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static long size(Path directory) {
		try (Stream<Path> tree = Files.walk(directory)) {
			return tree.filter(Files::isRegularFile).mapToLong((file) -> file.toFile().length()).sum();
		}
		catch (IOException | UncheckedIOException ex) {
			return 0;
		}
	}

}
