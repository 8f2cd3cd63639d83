package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.github.workerpool.WorkerStartException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PoolDirectoryTests {

	@TempDir
	private Path temporary;

	@Test
	void existsOnlyWhileThereIsSomethingInIt() throws Exception {
		PoolDirectory directory = new PoolDirectory(this.temporary);
		assertThat(list()).isEmpty();
		Path one = directory.newChild();
		Path other = directory.newChild();
		assertThat(one).isNotEqualTo(other).hasParent(other.getParent());
		Files.writeString(one.resolve("socket"), "");
		directory.removeChild(one, null);
		assertThat(list()).containsExactly(other.getParent());
		directory.removeChild(other, null);
		assertThat(list()).isEmpty();
		Path again = directory.newChild();
		assertThat(again).isDirectory();
		directory.close();
		assertThat(list()).isEmpty();
	}

	@Test
	void isMadeAgainIfSomebodyTookItAway() {
		PoolDirectory directory = new PoolDirectory(this.temporary);
		PoolDirectory.deleteTree(directory.newChild().getParent());
		assertThat(directory.newChild()).isDirectory();
		directory.close();
	}

	@Test
	void lastErrorFilesAreKeptUntilThePoolIsClosed() throws Exception {
		PoolDirectory directory = new PoolDirectory(this.temporary);
		Path pool = null;
		for (int i = 0; i < 15; i++) {
			Path child = directory.newChild();
			pool = child.getParent();
			Path errorFile = Files.writeString(PoolDirectory.errorFile(child), "crash");
			directory.removeChild(child, errorFile);
		}
		try (Stream<Path> files = Files.list(pool)) {
			assertThat(files).hasSize(10);
		}
		directory.close();
		assertThat(list()).isEmpty();
	}

	@Test
	void directoryThatCannotBeMadeIsNamed() throws Exception {
		Path file = Files.writeString(this.temporary.resolve("file"), "");
		assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> new PoolDirectory(file).newChild())
			.withMessageContaining("'" + file + "'")
			.withMessageContaining("'java.io.tmpdir'");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void directoriesOfProcessesThatAreGoneAreRemoved() throws Exception {
		PoolDirectory living = new PoolDirectory(this.temporary);
		Path child = living.newChild();
		String own = child.getParent().getFileName().toString();
		String[] parts = own.split("-");
		Path otherStart = stale("workerpool-" + parts[1] + "-" + parts[2] + "-" + parts[3] + "0-x");
		Path otherProcess = stale("workerpool-" + parts[1] + "-999999999-1-x");
		Path otherNamespace = stale("workerpool-" + parts[1] + "0-999999999-1-x");
		Path otherThing = stale("workerpool-notes");
		Path target = Files.createDirectory(this.temporary.resolve("precious"));
		Files.writeString(target.resolve("file"), "");
		Files.createSymbolicLink(otherProcess.resolve("link"), target);
		Path link = Files.createSymbolicLink(this.temporary.resolve("workerpool-" + parts[1] + "-999999998-1-x"),
				target);
		new PoolDirectory(this.temporary).removeStale();
		assertThat(list()).containsExactlyInAnyOrder(child.getParent(), otherNamespace, otherThing, target, link);
		assertThat(otherStart).doesNotExist();
		assertThat(target.resolve("file")).exists();
		assertThat(child).exists();
		living.close();
	}

	private Path stale(String name) throws IOException {
		Path directory = Files.createDirectory(this.temporary.resolve(name));
		Files.createDirectory(directory.resolve("1"));
		return directory;
	}

	private List<Path> list() throws IOException {
		try (Stream<Path> entries = Files.list(this.temporary)) {
			return entries.toList();
		}
	}

}
