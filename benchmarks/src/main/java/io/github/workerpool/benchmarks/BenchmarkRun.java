package io.github.workerpool.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

import io.github.workerpool.benchmarks.ForkProcess.ForkFailedException;
import io.github.workerpool.benchmarks.report.Page;
import io.github.workerpool.benchmarks.report.Results;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.FileSystemUtils;

/**
 * Measures everything: round by round, each scenario and subject in a process of its own,
 * one process at a time. Writes a page and charts.
 */
final class BenchmarkRun {

	private final Options options;

	private final Path benchmarks;

	private final Plan plan;

	private final Results results = new Results();

	private final Set<String> gaps = new TreeSet<>();

	private final Set<ForkProcess> running = ConcurrentHashMap.newKeySet();

	/** Of all forks: an archive of classes that one has made is there for the next. */
	private final Path temporary;

	private final long started = System.nanoTime();

	private int forks;

	private int failures;

	private boolean cut;

	private BenchmarkRun(Options options, Path benchmarks) throws IOException {
		this.options = options;
		this.benchmarks = benchmarks;
		this.temporary = Files.createTempDirectory("workerpool-benchmarks");
		Runtime.getRuntime().addShutdownHook(new Thread(this::cleanUp));
		this.plan = Plan.of(options, benchmarks, this.temporary);
	}

	/**
	 * Runs the benchmarks.
	 * @param args the directory of this module, then options
	 */
	public static void main(String[] args) throws Exception {
		List<String> arguments = new ArrayList<>(List.of(args));
		try {
			Path benchmarks = Path.of(arguments.remove(0));
			BenchmarkRun run = new BenchmarkRun(Options.of(arguments), benchmarks);
			System.exit(run.run() ? 0 : 1);
		}
		catch (IllegalArgumentException ex) {
			System.err.println("error: " + ex.getMessage() + "; see 'benchmarks/run --help'");
			System.exit(2);
		}
	}

	private boolean run() throws IOException, InterruptedException {
		List<Measurement> measurements = this.plan.measurements();
		if (this.options.list()) {
			measurements.forEach((each) -> System.out.printf("%-14s %-22s %s%n", each.group().slug(), each.scenario(),
					each.subject()));
			return true;
		}
		if (measurements.isEmpty()) {
			throw new IllegalArgumentException("'--only " + this.options.only() + "' matches nothing; try '--list'");
		}
		Map<String, String> machine = Machine.properties();
		System.out.printf("%d measurements, rounds: %d, seed %d%n", measurements.size(), this.options.rounds(),
				this.options.seed());
		if (this.options.mode() == Mode.SMOKE) {
			return smoke();
		}
		int rounds = rounds();
		if (this.results.isEmpty()) {
			System.err.println("error: nothing could be measured");
			return false;
		}
		Path directory = this.options.directory(this.benchmarks);
		new Page(this.results, machine, Machine.versions(this.benchmarks, this.options.node()), how(rounds),
				List.copyOf(this.gaps))
			.write(directory);
		System.out.printf("%d forks in %s, %d failed; see %s%n", this.forks, time(elapsed()), this.failures,
				directory.resolve("RESULTS.md"));
		return true;
	}

	private int rounds() throws InterruptedException {
		int round = 1;
		while (true) {
			for (Measurement measurement : this.plan.round(round)) {
				if (elapsed().compareTo(this.options.budget()) > 0) {
					this.cut = true;
					this.gaps.add("`%s`: the time was up in round %d.".formatted(measurement, round));
				}
				else {
					measure(measurement, round);
				}
			}
			// the next round takes as long as those before
			boolean enough = elapsed().dividedBy(round).multipliedBy(round + 1).compareTo(this.options.budget()) > 0;
			if (round == this.options.rounds() || enough) {
				return round;
			}
			round++;
		}
	}

	/** Nothing is measured, so as many forks as there are cores run side by side. */
	private boolean smoke() throws InterruptedException {
		ExecutorService executor = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
		try {
			List<Future<?>> pending = new ArrayList<>();
			for (Measurement measurement : this.plan.round(1)) {
				pending.add(executor.submit(() -> {
					measure(measurement, 1);
					return null;
				}));
			}
			for (Future<?> each : pending) {
				each.get();
			}
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex.getCause());
		}
		finally {
			executor.shutdownNow();
		}
		this.gaps.forEach(System.out::println);
		System.out.printf("%d forks in %s, %d failed%n", this.forks, time(elapsed()), this.failures);
		return this.failures == 0;
	}

	private void measure(Measurement measurement, int round) throws InterruptedException {
		long begun = System.nanoTime();
		String outcome;
		List<String> output = List.of();
		boolean failed = false;
		try (ForkProcess fork = ForkProcess.start(measurement.command(), this.temporary)) {
			this.running.add(fork);
			try {
				outcome = take(measurement, fork.await(limit()));
			}
			finally {
				this.running.remove(fork);
			}
		}
		catch (ForkFailedException ex) {
			failed = true;
			outcome = "FAILED: " + ex.getMessage();
			output = ex.output();
		}
		catch (IOException | IllegalArgumentException ex) {
			failed = true;
			outcome = "FAILED: " + ex.getMessage();
		}
		synchronized (this) {
			this.forks++;
			System.out.printf(Locale.ROOT, "[%d/%d] %s, %s: %.1f s, %s%n", this.forks,
					this.plan.measurements().size() * this.options.rounds(), measurement.scenario(),
					measurement.subject(), (System.nanoTime() - begun) / 1e9, outcome);
			if (failed) {
				this.failures++;
				this.gaps.add("`%s` failed in round %d: %s.".formatted(measurement, round,
						outcome.substring("FAILED: ".length())));
				output.forEach((line) -> System.out.println("    " + line));
			}
		}
	}

	/** What has begun in time may take some more, but not as long as ever. */
	private Duration limit() {
		Duration usual = this.options.mode()
			.pick(Duration.ofSeconds(120), Duration.ofSeconds(40), Duration.ofSeconds(180));
		Duration left = this.options.budget().minus(elapsed()).plusSeconds(8);
		return (left.compareTo(usual) < 0) ? left : usual;
	}

	private synchronized String take(Measurement measurement, List<String> values) {
		List<String> taken = new ArrayList<>();
		for (String value : values) {
			JsonNode json = JsonMapper.shared().readTree(value);
			if (json.has("skipped")) {
				String why = json.path("skipped").asString();
				this.gaps.add("`%s`: %s.".formatted(measurement, why));
				taken.add("skipped: " + why);
				continue;
			}
			String figure = json.path("figure").asString();
			this.results.add(figure, json.path("subject").asString(), json.path("value").asDouble());
			taken.add(String.format(Locale.ROOT, "%s %.6g", figure, json.path("value").asDouble()));
		}
		return taken.stream().collect(Collectors.joining(", "));
	}

	private List<String> how(int rounds) {
		List<String> how = new ArrayList<>();
		String asked = this.options.mode().pick("`benchmarks/run`", "`benchmarks/run --quick`", "");
		how.add("%s; %d %s of every measurement, one process at a time, interleaved in an order shuffled per round (`--seed %d`); %s in all."
			.formatted(asked, rounds, (rounds == 1) ? "fork" : "forks", this.options.seed(), time(elapsed())));
		if (this.options.mode() == Mode.QUICK) {
			how.add("A quick run measures for a second each: good for a look, not for a comparison.");
		}
		if (this.cut) {
			how.add("Its time was up before all was measured.");
		}
		how.add("Ours are in bold; *÷ best peer* is the median divided by that of the best which is not ours.");
		return how;
	}

	private void cleanUp() {
		this.running.forEach(ForkProcess::close);
		try {
			FileSystemUtils.deleteRecursively(this.temporary);
		}
		catch (IOException ex) {
			System.err.println("Can't delete '" + this.temporary + "': " + ex);
		}
	}

	private Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.started);
	}

	private static String time(Duration duration) {
		return (duration.toMinutes() > 0) ? "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart())
				: duration.toSeconds() + " s";
	}

}
