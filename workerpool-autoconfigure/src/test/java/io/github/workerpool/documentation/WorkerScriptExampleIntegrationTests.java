package io.github.workerpool.documentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.workerpool.Isolation;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.message.MessagePort;
import io.github.workerpool.message.Worker;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs what the README says of worker scripts.
 */
@ExtendWith(Leftovers.class)
class WorkerScriptExampleIntegrationTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Path SOURCE = Path.of("src/test/java",
			WorkerScriptExampleIntegrationTests.class.getName().replace('.', '/') + ".java");

	private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void exampleDoesWhatItSays(Isolation isolation) {
		List<Object> heard = new CopyOnWriteArrayList<>();
		// @formatter:off
		try (SharedMemory memory = SharedMemory.allocate(Integer.BYTES)) {
			Worker worker = Worker.start(WordCount.class, WorkerOptions.defaults()
				.withIsolation(isolation)
				.withWorkerData(memory));
			worker.onMessage((words) -> heard.add("words: " + words))
				.onError((error) -> heard.add("failed: " + error))
				.onExit((code) -> heard.add("exit: " + code));
			worker.postMessage("to be or not to be");
			worker.postMessage("that is the question");
			worker.postMessage("");
			int code = worker.exitCode().join();
			int total = memory.ints().get(0);
			// @formatter:on
			assertThat(code).isZero();
			assertThat(total).isEqualTo(10);
		}
		assertThat(heard).isEqualTo(List.of("words: 6", "words: 4", "exit: 0"));
	}

	/** What stands there stands here, line by line. */
	@Test
	void exampleIsTheOneOfTheReadme() throws IOException {
		String readme = Files.readString(README);
		int start = readme.indexOf("\n## Worker scripts, messages, memory\n");
		assertThat(start).isNotNegative();
		List<String> source = Files.readAllLines(SOURCE).stream().map(String::strip).toList();
		Matcher block = BLOCK.matcher(readme);
		for (int from = start, i = 0; i < 2; from = block.end(), i++) {
			assertThat(block.find(from)).isTrue();
			List<String> lines = block.group(1)
				.lines()
				.map((line) -> line.replaceAll("\\s+//.*", "").replace("public final class", "static final class"))
				.map(String::strip)
				.filter((line) -> !line.isEmpty())
				.toList();
			assertThat(source).containsAll(lines);
			assertThat(lines).hasSizeGreaterThan(10);
		}
	}

	/** Counts the words of each text; an empty text ends it. */
	static final class WordCount implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			SharedIntArray total = ((SharedMemory) scope.workerData()).ints();
			MessagePort parent = scope.parentPort();
			parent.onMessage((message) -> {
				String text = (String) message;
				if (text.isEmpty()) {
					parent.close();
					return;
				}
				int words = text.split("\\s+").length;
				total.getAndAdd(0, words);
				parent.postMessage(words);
			});
		}

	}

}
