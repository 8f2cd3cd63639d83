package io.github.workerpool.benchmarks.report;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ResultsTests {

	private final Results results = new Results();

	@Test
	void bestPeerIsTheBestThatIsNotOurs() {
		this.results.add("noop-pipelined", "workerpool threads", 30);
		this.results.add("noop-pipelined", "workerpool.js threads", 20);
		this.results.add("noop-pipelined", "piscina", 10);
		assertThat(bestPeer("noop-pipelined")).isEqualTo("workerpool.js threads");
	}

	@Test
	void lessIsBetterWhereTheFigureSaysSo() {
		this.results.add("noop-p50", "ForkJoinPool", 20);
		this.results.add("noop-p50", "ThreadPoolExecutor", 10);
		assertThat(bestPeer("noop-p50")).isEqualTo("ThreadPoolExecutor");
	}

	@Test
	void neverIsNotTheBest() {
		this.results.add("gone-p99", "ThreadPoolExecutor", Figure.NEVER);
		this.results.add("gone-p99", "JVM per task", 10);
		assertThat(this.results.rows(Figures.named("gone-p99"))).extracting(Results.Row::subject)
			.containsExactly("JVM per task", "ThreadPoolExecutor");
		assertThat(bestPeer("gone-p99")).isEqualTo("JVM per task");
	}

	@Test
	void figureThatNobodyKnowsIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.results.add("nop", "piscina", 1))
			.withMessageContaining("'nop'");
	}

	private String bestPeer(String figure) {
		return this.results.bestPeer(Figures.named(figure)).orElseThrow().subject();
	}

}
