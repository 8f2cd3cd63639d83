package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is taken for a leftover, and what isn't.
 */
@EnabledOnOs(OS.LINUX)
class MemoryLeftoversTests {

	private final Path directory = MemoryDirectories.ofSystem().all().get(0);

	private final Path file = this.directory.resolve("workerpool-" + UUID.randomUUID());

	private final Path ring = this.directory.resolve("workerpool-" + UUID.randomUUID() + ".ring");

	private final Path other = this.directory.resolve("workerpool-x-" + UUID.randomUUID());

	@AfterEach
	void removeFiles() throws IOException {
		Files.deleteIfExists(this.file);
		Files.deleteIfExists(this.ring);
		Files.deleteIfExists(this.other);
	}

	@Test
	void emptyFilesAreRemoved() throws IOException {
		Files.createFile(this.file);
		Files.createFile(this.ring);
		MemoryLeftovers.remove();
		assertThat(this.file).doesNotExist();
		assertThat(this.ring).doesNotExist();
	}

	@Test
	void fileWithContentStays() throws IOException {
		Files.writeString(this.file, "somebody's");
		MemoryLeftovers.remove();
		assertThat(this.file).hasContent("somebody's");
	}

	@Test
	void fileOfAnotherNameStays() throws IOException {
		Files.createFile(this.other);
		MemoryLeftovers.remove();
		assertThat(this.other).exists();
	}

	@Test
	void memoryInUseIsUnharmed() {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			MemoryLeftovers.remove();
			memory.ints().set(3, 42);
			assertThat(memory.ints().get(3)).isEqualTo(42);
		}
	}

}
