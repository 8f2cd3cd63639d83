package io.github.workerpool.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What a run has measured. Not thread-safe.
 */
public final class Results {

	private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();

	/**
	 * Adds the value that a fork has measured.
	 * @param figure the id of a figure
	 * @param subject who was measured
	 * @param value the value
	 * @throws IllegalArgumentException if there is no such figure
	 */
	public void add(String figure, String subject, double value) {
		this.values.computeIfAbsent(Figures.named(figure).id(), (id) -> new LinkedHashMap<>())
			.computeIfAbsent(subject, (name) -> new ArrayList<>())
			.add(value);
	}

	/**
	 * Whether nothing was measured.
	 * @return whether it is empty
	 */
	public boolean isEmpty() {
		return this.values.isEmpty();
	}

	/**
	 * Whether a subject is one of ours, and so no peer of ours.
	 */
	static boolean ours(String subject) {
		return subject.startsWith("workerpool ");
	}

	@Nullable Summary of(String figure, String subject) {
		List<Double> measured = this.values.getOrDefault(figure, Map.of()).get(subject);
		return (measured != null) ? Summary.of(measured) : null;
	}

	/**
	 * All that were measured, the best median first.
	 */
	List<Row> rows(Figure figure) {
		Comparator<Row> order = Comparator.comparingDouble((row) -> Figure.comparable(row.summary().median()));
		return this.values.getOrDefault(figure.id(), Map.of())
			.entrySet()
			.stream()
			.map((entry) -> new Row(entry.getKey(), Summary.of(entry.getValue())))
			.sorted((figure.better() == Figure.Better.MORE) ? order.reversed() : order)
			.toList();
	}

	/**
	 * The best of those that are not ours.
	 */
	Optional<Row> bestPeer(Figure figure) {
		return rows(figure).stream()
			.filter((row) -> !ours(row.subject()) && !Figure.never(row.summary().median()))
			.findFirst();
	}

	/**
	 * What was measured of one subject.
	 */
	record Row(String subject, Summary summary) {

	}

}
