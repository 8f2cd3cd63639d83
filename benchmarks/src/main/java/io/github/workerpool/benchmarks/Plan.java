package io.github.workerpool.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;

import io.github.workerpool.benchmarks.report.Group;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is measured in a run, and in which order: in every round each once, in an order of
 * its own, so that a disturbance of the machine meets everybody alike.
 *
 * @param measurements what is measured, as listed
 * @param seed decides the order
 */
record Plan(List<Measurement> measurements, long seed) {

	/** Those whom a quick run compares us with. */
	private static final Set<String> QUICK_PEERS = Set.of(Subjects.THREAD_POOL_EXECUTOR, Subjects.SPRING_ASYNC,
			Subjects.JVM_PER_TASK, "piscina", "piscina + sharp", "no pool", "Jackson", "JDK serialization");

	/** And these at handing over. */
	private static final Set<String> QUICK_EXECUTORS = Set.of(Subjects.FORK_JOIN_POOL, Subjects.RESILIENCE4J,
			Subjects.REACTOR, Subjects.VIRTUAL_THREADS);

	/**
	 * Plans a run.
	 * @param options what is asked for
	 * @param benchmarks the directory of this module
	 * @param temporary the directory for temporary files of forks
	 */
	static Plan of(Options options, Path benchmarks, Path temporary) {
		List<Measurement> all = new ArrayList<>();
		for (Scenario scenario : Scenarios.all()) {
			for (String subject : scenario.subjects()) {
				all.add(new Measurement(scenario.name(), subject, Group.of(scenario.name()),
						jvm(scenario, subject, options.mode(), temporary)));
			}
		}
		if (options.node() != null) {
			all.addAll(node(options.node(), options.mode(), benchmarks));
		}
		return new Plan(all.stream()
			.filter((each) -> options.wants(each.group().slug(), each.scenario(), each.subject()))
			.filter((each) -> options.mode() != Mode.QUICK || options.only() != null || isQuick(each))
			.toList(), options.seed());
	}

	private static boolean isQuick(Measurement measurement) {
		String subject = measurement.subject();
		if (subject.endsWith("archive")) {
			// it takes ten seconds to be made
			return false;
		}
		return subject.startsWith("workerpool ") || QUICK_PEERS.contains(subject)
				|| (measurement.group() == Group.HANDING_OVER && QUICK_EXECUTORS.contains(subject));
	}

	private static List<String> jvm(Scenario scenario, String subject, Mode mode, Path temporary) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-Djava.io.tmpdir=" + temporary);
		command.add("-XX:ErrorFile=" + temporary.resolve("hs_err%p.log"));
		if (mode == Mode.SMOKE) {
			command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
		}
		command.addAll(scenario.jvmArguments(subject));
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), Fork.class.getName(), scenario.name(),
				subject, mode.argument()));
		return command;
	}

	private static List<Measurement> node(String node, Mode mode, Path benchmarks) {
		String fork = benchmarks.resolve("node/fork.mjs").toString();
		String list = Machine.output(List.of(node, fork, "--list"))
			.orElseThrow(() -> new IllegalStateException("'%s %s --list' failed".formatted(node, fork)));
		List<Measurement> measurements = new ArrayList<>();
		for (JsonNode each : JsonMapper.shared().readTree(list)) {
			String scenario = each.path("scenario").asString();
			String subject = each.path("subject").asString();
			measurements.add(new Measurement(scenario, subject, Group.of(scenario),
					List.of(node, fork, scenario, subject, mode.argument())));
		}
		return measurements;
	}

	/**
	 * The order of a round.
	 * @param round the number of the round
	 */
	List<Measurement> round(int round) {
		List<Measurement> order = new ArrayList<>(this.measurements);
		Collections.shuffle(order, new Random(this.seed + round));
		return order;
	}

}
