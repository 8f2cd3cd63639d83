package io.github.workerpool.benchmarks;

import java.io.PrintStream;

/**
 * Measures one subject in one scenario, once, in this JVM, and ends it.
 */
final class Fork {

	private Fork() {
	}

	/**
	 * Measures.
	 * @param args the scenario, the subject, and the {@link Mode}
	 */
	public static void main(String[] args) {
		if (args.length != 3) {
			System.err.println("Expected three arguments: scenario, subject and full, quick or smoke");
			System.exit(2);
		}
		PrintStream out = System.out;
		try {
			Scenario scenario = Scenarios.named(args[0]);
			if (!scenario.subjects().contains(args[1])) {
				throw new IllegalArgumentException("Scenario '%s' has no subject '%s'; it has %s".formatted(args[0],
						args[1], scenario.subjects()));
			}
			scenario.run(args[1], Mode.of(args[2]), new Measurements(args[1], out));
		}
		catch (Throwable ex) {
			ex.printStackTrace();
			System.exit(1);
		}
		// subjects may leave threads behind that would keep the JVM
		System.exit(0);
	}

}
