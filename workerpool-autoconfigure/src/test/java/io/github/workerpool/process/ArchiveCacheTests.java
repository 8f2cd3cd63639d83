package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class ArchiveCacheTests {

	private static final long MUCH = 1L << 40;

	@TempDir
	private Path temporary;

	private ArchiveCache cache;

	@BeforeEach
	void cache() {
		this.cache = new ArchiveCache(this.temporary.resolve("not/there/yet"));
	}

	@Test
	void oldestEntriesAreRemovedWhereThereAreTooMany() throws Exception {
		make("a", 30);
		make("b", 20);
		make("c", 10);
		this.cache.prune(2, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).containsExactlyInAnyOrder("b", "c");
	}

	@Test
	void oldestEntriesAreRemovedWhereTheyAreTooLarge() throws Exception {
		make("a", 30);
		make("b", 20);
		make("c", 10);
		this.cache.prune(10, 250, Duration.ofMinutes(5));
		assertThat(entries()).containsExactlyInAnyOrder("b", "c");
	}

	@Test
	void entryUsedLatelyIsKept() throws Exception {
		make("a", 3);
		make("b", 2);
		this.cache.prune(1, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).containsExactlyInAnyOrder("a", "b");
	}

	@Test
	void entryInUseIsKept() throws Exception {
		Path directory = make("a", 30);
		make("b", 10);
		Path user = ArchiveCache.use(directory);
		age(directory, 30);
		this.cache.prune(1, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).containsExactlyInAnyOrder("a", "b");
		Files.delete(user);
		age(directory, 30);
		this.cache.prune(1, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).containsExactly("b");
	}

	@Test
	void userThatIsGoneDoesNotCount() throws Exception {
		Path directory = make("a", 30);
		make("b", 10);
		Files.writeString(directory.resolve("users").resolve("999999999-1-x"), "");
		age(directory, 30);
		this.cache.prune(1, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).containsExactly("b");
	}

	@Test
	void removalThatWasCutShortIsFinished() throws Exception {
		make("a.removed", 1);
		this.cache.prune(10, MUCH, Duration.ofMinutes(5));
		assertThat(entries()).isEmpty();
	}

	@Test
	void entryThatIsGoneCannotBeUsed() {
		assertThat(ArchiveCache.use(this.cache.directory("a"))).isNull();
		assertThat(this.temporary.resolve("not")).doesNotExist();
	}

	@Test
	void cacheOfTheUserIsSomewhereAbsolute() {
		assertThat(ArchiveCache.ofUser().directory("key").isAbsolute()).isTrue();
	}

	private Path make(String key, int minutesAgo) throws IOException {
		Path directory = this.cache.directory(key);
		this.cache.make(directory);
		Files.write(directory.resolve("archive"), new byte[100]);
		age(directory, minutesAgo);
		return directory;
	}

	private static void age(Path directory, int minutes) throws IOException {
		Files.setLastModifiedTime(directory, FileTime.from(Instant.now().minus(Duration.ofMinutes(minutes))));
	}

	private List<String> entries() throws IOException {
		try (Stream<Path> entries = Files.list(this.temporary.resolve("not/there/yet"))) {
			return entries.map((path) -> path.getFileName().toString()).toList();
		}
	}

}
