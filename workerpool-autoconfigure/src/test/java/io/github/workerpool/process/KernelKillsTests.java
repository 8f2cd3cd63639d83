package io.github.workerpool.process;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class KernelKillsTests {

	@TempDir
	private Path root;

	private Path events;

	private KernelKills kills;

	@BeforeEach
	void controlGroup() throws Exception {
		Files.createDirectories(this.root.resolve("proc/self"));
		Files.createDirectories(this.root.resolve("sys/fs/cgroup"));
		Files.writeString(this.root.resolve("proc/self/cgroup"), "0::/\n");
		this.events = Files.writeString(this.root.resolve("sys/fs/cgroup/memory.events"), "oom 1\noom_kill 1\n");
		count(0);
		this.kills = new KernelKills(ControlGroup.under(this.root), this.root, (pid) -> null);
	}

	@Test
	void earlierKillsAreNoEvidence() {
		assertThat(this.kills.evidence(42, this.kills.count())).isNull();
	}

	@Test
	void killInTheControlGroupIsEvidence() throws Exception {
		KernelKills.Counters before = this.kills.count();
		Files.writeString(this.events, "oom 2\noom_kill 2\n");
		assertThat(this.kills.evidence(42, before)).isEqualTo("killed by the kernel's OOM killer");
	}

	@Test
	void killSomewhereOnTheMachineIsOnlyAHintWhereTheLogCannotBeRead() throws Exception {
		KernelKills.Counters before = this.kills.count();
		count(1);
		assertThat(this.kills.evidence(42, before)).startsWith("probably killed by the kernel's OOM killer");
	}

	@Test
	void logOfTheKernelNamesItsVictim() throws Exception {
		this.kills = new KernelKills(ControlGroup.under(this.root), this.root, (pid) -> pid == 42);
		KernelKills.Counters before = this.kills.count();
		count(1);
		assertThat(this.kills.evidence(42, before)).isEqualTo("killed by the kernel's OOM killer");
		assertThat(this.kills.evidence(4, before)).isNull();
	}

	@Test
	void logOfThisMachinesKernelNamesNoProcessThatIsNotThere() {
		assertThat(KernelKills.isNamedInLog(999_999_999)).isNotEqualTo(Boolean.TRUE);
	}

	private void count(int kills) throws Exception {
		Files.writeString(this.root.resolve("proc/vmstat"), "nr_free_pages 7\noom_kill " + kills + "\n");
	}

}
