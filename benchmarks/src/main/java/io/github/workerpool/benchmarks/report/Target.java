package io.github.workerpool.benchmarks.report;

import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * What a median is meant to reach.
 *
 * @param figure the id of the figure
 * @param subject whose median
 * @param anyOf what it is meant to reach: any of these
 */
record Target(String figure, String subject, List<Bound> anyOf) {

	static Target of(String figure, String subject, Bound... anyOf) {
		return new Target(Figures.named(figure).id(), subject, List.of(anyOf));
	}

	/**
	 * Judges the medians of a run.
	 */
	Verdict judge(Results results) {
		Summary summary = results.of(this.figure, this.subject);
		if (summary == null) {
			return Verdict.NOT_MEASURED;
		}
		List<Verdict> verdicts = this.anyOf.stream()
			.map((bound) -> bound.judge(summary.median(), this.figure, results))
			.toList();
		for (Verdict verdict : List.of(Verdict.MET, Verdict.NOT_MEASURED)) {
			if (verdicts.contains(verdict)) {
				return verdict;
			}
		}
		return Verdict.MISSED;
	}

	/**
	 * What is asked for.
	 */
	String text() {
		String unit = Figures.named(this.figure).unit();
		return this.anyOf.stream().map((bound) -> bound.text(unit)).collect(Collectors.joining(" or "));
	}

	/**
	 * What was measured, in the terms of what is asked for.
	 */
	String measured(Results results) {
		Summary summary = results.of(this.figure, this.subject);
		if (summary == null) {
			return "";
		}
		String unit = Figures.named(this.figure).unit();
		String ratios = this.anyOf.stream()
			.map((bound) -> bound.ratio(summary.median(), this.figure, results))
			.collect(Collectors.joining());
		return Numbers.text(summary.median()) + " " + unit + ratios;
	}

	/**
	 * How it came out.
	 */
	enum Verdict {

		/** Reached. */
		MET("met"),

		/** Not reached. */
		MISSED("**missed**"),

		/** Either side of the comparison is missing. */
		NOT_MEASURED("not measured");

		private final String text;

		Verdict(String text) {
			this.text = text;
		}

		String text() {
			return this.text;
		}

	}

	/**
	 * A least or greatest value: a number, or a multiple of somebody's.
	 *
	 * @param least whether the value is the least, else the greatest
	 * @param value the number, or the factor
	 * @param of whose median the factor applies to
	 */
	record Bound(boolean least, double value, @Nullable String of) {

		static Bound atLeast(double value) {
			return new Bound(true, value, null);
		}

		static Bound atMost(double value) {
			return new Bound(false, value, null);
		}

		Bound times(String subject) {
			return new Bound(this.least, this.value, subject);
		}

		Verdict judge(double median, String figure, Results results) {
			double limit = this.value;
			if (this.of != null) {
				Summary other = results.of(figure, this.of);
				if (other == null) {
					return Verdict.NOT_MEASURED;
				}
				limit *= Figure.comparable(other.median());
			}
			double compared = Figure.comparable(median);
			return (this.least ? (compared >= limit) : (compared <= limit)) ? Verdict.MET : Verdict.MISSED;
		}

		String text(String unit) {
			return (this.least ? "≥ " : "≤ ") + Numbers.plain(this.value)
					+ ((this.of != null) ? " × " + this.of : " " + unit);
		}

		String ratio(double median, String figure, Results results) {
			Summary other = (this.of != null) ? results.of(figure, this.of) : null;
			if (other == null || Figure.never(median) || Figure.never(other.median())) {
				return "";
			}
			return "; " + Numbers.ratio(median / other.median()) + " × " + this.of;
		}

	}

}
