package io.github.workerpool.benchmarks;

import java.util.List;

/**
 * All that is measured in JVMs.
 */
final class Scenarios {

	private Scenarios() {
	}

	static List<Scenario> all() {
		return List.of(
				// handing over
				new HandingOver.Pipelined(), new HandingOver.OneAtATime(),
				// bytes, numbers and objects
				new PayloadScenario(), new ComputingScenario(), new CodecScenario(),
				// beginnings and ends
				new StartScenario(), new ReplaceScenario(), new TimeoutScenario(),
				// much of everything
				new OverloadScenario(), new QueuedScenario(), new ManyPoolsScenario(), new ManyKeysScenario(),
				// what it costs
				new BreakEvenScenario(), new IdleScenario(), new CostScenario(),
				// all of it at work
				new ImageScenario());
	}

	static Scenario named(String name) {
		return all().stream()
			.filter((scenario) -> scenario.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException(
					"No scenario '%s'; there are %s".formatted(name, all().stream().map(Scenario::name).toList())));
	}

}
