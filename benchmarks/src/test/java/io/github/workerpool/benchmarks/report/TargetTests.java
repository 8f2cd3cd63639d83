package io.github.workerpool.benchmarks.report;

import io.github.workerpool.benchmarks.report.Target.Bound;
import io.github.workerpool.benchmarks.report.Target.Verdict;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TargetTests {

	private final Results results = new Results();

	@Test
	void multipleOfAPeerIsJudgedByBothMedians() {
		Target target = Target.of("noop-pipelined", "workerpool threads", Bound.atLeast(1.2).times("piscina"));
		this.results.add("noop-pipelined", "workerpool threads", 119);
		this.results.add("noop-pipelined", "piscina", 100);
		assertThat(target.text()).isEqualTo("≥ 1.2 × piscina");
		assertThat(target.judge(this.results)).isEqualTo(Verdict.MISSED);
		assertThat(target.measured(this.results)).isEqualTo("119 tasks/s; 1.19 × piscina");
		this.results.add("noop-pipelined", "workerpool threads", 131);
		assertThat(target.judge(this.results)).isEqualTo(Verdict.MET);
	}

	@Test
	void oneOfSeveralBoundsIsEnough() {
		Target target = Target.of("noop-pipelined", "workerpool processes", Bound.atLeast(500_000),
				Bound.atLeast(20).times("piscina"));
		this.results.add("noop-pipelined", "workerpool processes", 400_000);
		assertThat(target.text()).isEqualTo("≥ 500 000 tasks/s or ≥ 20 × piscina");
		assertThat(target.judge(this.results)).isEqualTo(Verdict.NOT_MEASURED);
		this.results.add("noop-pipelined", "piscina", 10_000);
		assertThat(target.judge(this.results)).isEqualTo(Verdict.MET);
	}

	@Test
	void whatNeverHappensMissesALimit() {
		Target target = Target.of("gone-p99", "workerpool processes", Bound.atMost(100));
		assertThat(target.judge(this.results)).isEqualTo(Verdict.NOT_MEASURED);
		this.results.add("gone-p99", "workerpool processes", Figure.NEVER);
		assertThat(target.judge(this.results)).isEqualTo(Verdict.MISSED);
	}

}
