package io.github.workerpool.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LineSplitterTests {

	private final List<String> lines = new ArrayList<>();

	private final LineSplitter splitter = new LineSplitter((line, size, cut) -> this.lines.add(line));

	@Test
	void linesAreFoundWhereverBlocksEnd() {
		print("a\nb");
		print("c\n\nd\r\n");
		assertThat(this.lines).containsExactly("a", "bc", "", "d");
	}

	@Test
	void unfinishedLineIsToldAtTheEnd() {
		print("a\nprompt> ");
		assertThat(this.lines).containsExactly("a");
		this.splitter.end();
		this.splitter.end();
		assertThat(this.lines).containsExactly("a", "prompt> ");
	}

	@Test
	void longLineIsCut() {
		for (int i = 0; i < 100; i++) {
			print("x".repeat(1000));
		}
		print("\nnext\n");
		assertThat(this.lines).hasSize(2).last().isEqualTo("next");
		assertThat(this.lines.get(0)).startsWith("x".repeat(LineSplitter.LONGEST))
			.endsWith(" [" + (100_000 - LineSplitter.LONGEST) + " more bytes]");
	}

	@Test
	void controlCharactersAreReplaced() {
		print("\u001b[31mred\u0000\tä\u2028x\n");
		assertThat(this.lines).containsExactly("\uFFFD[31mred\uFFFD\tä\uFFFDx");
	}

	@Test
	void bytesThatAreNoTextAreReplaced() {
		this.splitter.accept(new byte[] { (byte) 0xff, 'a', (byte) 0xc3, '\n' }, 4);
		assertThat(this.lines).containsExactly("\uFFFDa\uFFFD");
	}

	private void print(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		this.splitter.accept(bytes, bytes.length);
	}

}
