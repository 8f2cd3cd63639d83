package io.github.workerpool.benchmarks;

import java.util.List;

import io.github.workerpool.benchmarks.report.Group;

/**
 * A scenario for a subject, and the command that measures it.
 *
 * @param scenario the name of the scenario
 * @param subject who is measured
 * @param group where it belongs
 * @param command starts the fork
 */
record Measurement(String scenario, String subject, Group group, List<String> command) {

	@Override
	public String toString() {
		return this.scenario + " of " + this.subject;
	}

}
