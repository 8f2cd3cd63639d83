package io.github.workerpool.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param mode how much is measured
 * @param only what is measured: where this is found in a group, a scenario or a subject
 * @param rounds how often each is measured
 * @param seed decides the order
 * @param budget no fork begins when this much time has passed
 * @param node the command that starts Node, or {@code null} for no Node
 * @param list whether only to list what there is
 */
record Options(Mode mode, @Nullable Pattern only, int rounds, long seed, Duration budget, @Nullable String node,
		boolean list) {

	/** Nobody's patience is longer. */
	private static final Duration UNLIMITED = Duration.ofDays(1);

	static Options of(List<String> arguments) {
		Mode mode = Mode.FULL;
		Pattern only = null;
		int rounds = 0;
		long seed = System.nanoTime() & 0xffff;
		Duration budget = UNLIMITED;
		String node = null;
		boolean list = false;
		Deque<String> left = new ArrayDeque<>(arguments);
		while (!left.isEmpty()) {
			String option = left.pop();
			switch (option) {
				case "--quick" -> mode = Mode.QUICK;
				case "--smoke" -> mode = Mode.SMOKE;
				case "--only" -> only = pattern(value(option, left));
				case "--rounds" -> rounds = (int) number(option, value(option, left));
				case "--seed" -> seed = number(option, value(option, left));
				case "--budget" -> budget = Duration.ofSeconds(number(option, value(option, left)));
				case "--node" -> node = value(option, left);
				case "--list" -> list = true;
				default -> throw new IllegalArgumentException("Unknown option '" + option + "'");
			}
		}
		return new Options(mode, only, (rounds > 0) ? rounds : mode.pick(3, 2, 1), seed, budget, node, list);
	}

	private static String value(String option, Deque<String> left) {
		if (left.isEmpty()) {
			throw new IllegalArgumentException("'" + option + "' has no value");
		}
		return left.pop();
	}

	private static long number(String option, String value) {
		try {
			return Long.parseUnsignedLong(value);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("'%s' is '%s', expected a whole number".formatted(option, value));
		}
	}

	private static Pattern pattern(String value) {
		try {
			return Pattern.compile(value, Pattern.CASE_INSENSITIVE);
		}
		catch (PatternSyntaxException ex) {
			throw new IllegalArgumentException(
					"'--only' is '%s', which is no regular expression: %s".formatted(value, ex.getDescription()));
		}
	}

	/** Whether something of any of these names is asked for. */
	boolean wants(String... names) {
		Pattern wanted = this.only;
		return wanted == null || List.of(names).stream().anyMatch((name) -> wanted.matcher(name).find());
	}

	/** Where the page and the charts go: only a full run replaces those that are kept. */
	Path directory(Path benchmarks) {
		return (this.mode == Mode.FULL && this.only == null) ? benchmarks : benchmarks.resolve("target");
	}

}
