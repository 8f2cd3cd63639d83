package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AvailableMemory}.
 */
class AvailableMemoryTests {

	@TempDir
	private Path root;

	@Test
	void nothingIsKnownOfAnUnknownSystem() {
		assertThat(bytes()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void machineWithoutLimitsHasWhatItSays() throws IOException {
		write("proc/meminfo", "MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n");
		write("proc/self/cgroup", "0::/\n");
		write("sys/fs/cgroup/memory.max", "max\n");
		write("sys/fs/cgroup/memory.current", "4096\n");
		assertThat(bytes()).isEqualTo(1 << 20);
	}

	@Test
	void containerHasItsLimitLessWhatCantBeReclaimed() throws IOException {
		write("proc/meminfo", "MemAvailable: 1048576 kB\n");
		write("proc/self/cgroup", "0::/not/visible/inside\n");
		write("sys/fs/cgroup/memory.max", "10000\n");
		write("sys/fs/cgroup/memory.current", "9000\n");
		write("sys/fs/cgroup/memory.stat", "anon 1000\ninactive_file 2000\nactive_file 300\n");
		assertThat(bytes()).isEqualTo(3300);
	}

	@Test
	void groupOfTheProcessIsFound() throws IOException {
		write("proc/self/cgroup", "5:cpu:/x\n4:memory:/a/b\n0::/\n");
		write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
		write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
		write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "5000\n");
		write("sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", "4000\n");
		write("sys/fs/cgroup/memory/a/b/memory.stat", "total_inactive_file 100\n");
		assertThat(bytes()).isEqualTo(1100);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void thisMachineHasSome() {
		assertThat(new AvailableMemory(Path.of("/")).bytes()).isBetween(1L << 20, 1L << 50);
	}

	private long bytes() {
		return new AvailableMemory(this.root).bytes();
	}

	private void write(String path, String text) throws IOException {
		Path file = this.root.resolve(path);
		Files.createDirectories(file.getParent());
		Files.writeString(file, text);
	}

}
