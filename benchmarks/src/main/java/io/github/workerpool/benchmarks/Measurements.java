package io.github.workerpool.benchmarks;

import java.io.PrintStream;

/**
 * Takes what a fork measures and prints it, one line per value, for whoever started the
 * fork: <pre>
 * &#64;&#64; {"figure":"noop-p50","subject":"ForkJoinPool","value":7.2}
 * </pre> All else that a fork prints is noise. Not thread-safe.
 */
final class Measurements {

	/** What the lines with values begin with. */
	static final String MARK = "@@ ";

	private final String subject;

	private final PrintStream out;

	Measurements(String subject, PrintStream out) {
		this.subject = subject;
		this.out = out;
	}

	/**
	 * Adds a value.
	 * @param figure the id of one of
	 * {@link io.github.workerpool.benchmarks.report.Figures}
	 * @param value the value in the figure's unit
	 */
	void add(String figure, double value) {
		if (!Double.isFinite(value)) {
			throw new IllegalArgumentException(
					"Figure '%s' of '%s' is %s, expected a finite number".formatted(figure, this.subject, value));
		}
		line("\"figure\":" + quoted(figure) + ",\"subject\":" + quoted(this.subject) + ",\"value\":" + value);
	}

	/**
	 * Says that there is nothing to measure here, on this machine.
	 * @param why the reason, a short one
	 */
	void skip(String why) {
		line("\"subject\":" + quoted(this.subject) + ",\"skipped\":" + quoted(why));
	}

	private void line(String members) {
		// whatever was printed without an end of line stays on a line of its own
		this.out.print("\n" + MARK + "{" + members + "}\n");
		this.out.flush();
	}

	private static String quoted(String text) {
		return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
	}

}
