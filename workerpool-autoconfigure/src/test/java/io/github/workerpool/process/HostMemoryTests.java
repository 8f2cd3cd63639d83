package io.github.workerpool.process;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class HostMemoryTests {

	private static final long MACHINE = 16L << 30;

	@TempDir
	private Path root;

	@BeforeEach
	void machine() throws Exception {
		write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n");
	}

	@Test
	void machineWithoutControlGroups() {
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(MACHINE, "machine"));
	}

	@Test
	void limitKnownToTheJvmOnly() {
		assertThat(HostMemory.under(this.root, 1L << 30)).isEqualTo(new HostMemory(1L << 30, "container"));
	}

	@Test
	void limitOfVersionTwo() throws Exception {
		write("proc/self/cgroup", "0::/\n");
		write("sys/fs/cgroup/memory.max", "536870912\n");
		write("sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 0\n");
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(512L << 20, "container"));
		assertThat(ControlGroup.under(this.root).killsForMemory()).isEqualTo(3);
	}

	@Test
	void tightestLimitOnTheWayUpCounts() throws Exception {
		write("proc/self/cgroup", "0::/app.slice/app.service\n");
		write("sys/fs/cgroup/app.slice/app.service/memory.max", "max\n");
		write("sys/fs/cgroup/app.slice/memory.max", "1073741824\n");
		write("sys/fs/cgroup/memory.max", "2147483648\n");
		write("sys/fs/cgroup/app.slice/app.service/memory.events", "oom_kill 5\n");
		write("sys/fs/cgroup/app.slice/memory.events", "oom_kill 9\n");
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(1L << 30, "container"));
		assertThat(ControlGroup.under(this.root).killsForMemory()).isEqualTo(5);
	}

	@Test
	void limitOfVersionOne() throws Exception {
		write("proc/self/cgroup", "4:cpu,cpuacct:/x\n3:memory:/docker/4711\n0::/\n");
		write("sys/fs/cgroup/memory/docker/4711/memory.limit_in_bytes", "268435456\n");
		write("sys/fs/cgroup/memory/docker/4711/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(256L << 20, "container"));
		assertThat(ControlGroup.under(this.root).killsForMemory()).isEqualTo(1);
	}

	@Test
	void pathOfTheHostSeenInsideAContainer() throws Exception {
		write("proc/self/cgroup", "3:memory:/docker/4711\n");
		write("sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(256L << 20, "container"));
	}

	@Test
	void noLimitIsNone() throws Exception {
		write("proc/self/cgroup", "3:memory:/\n0::/../../x\nnonsense\n");
		write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
		write("sys/fs/cgroup/memory.max", "max\n");
		assertThat(HostMemory.under(this.root, MACHINE)).isEqualTo(new HostMemory(MACHINE, "machine"));
		assertThat(ControlGroup.under(this.root).killsForMemory()).isZero();
	}

	@Test
	void thisMachineHasMemory() {
		assertThat(HostMemory.read().bytes()).isGreaterThan(64L << 20);
	}

	private void write(String path, String content) throws Exception {
		Path file = this.root.resolve(path);
		Files.createDirectories(file.getParent());
		Files.writeString(file, content);
	}

}
