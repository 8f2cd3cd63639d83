package io.github.workerpool.sample.weather;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;

/**
 * A naive Bayes classifier: how likely is each weather type, given the month and the
 * day's highest temperature? It takes the two for independent within a type, the month by
 * its frequency and the temperature as normally distributed.
 */
final class WeatherModel {

	private static final String DATA = "/data/seattle-weather.csv";

	private static final int MONTHS = 12;

	private final Map<String, WeatherType> types;

	private final Instant trainedAt = Instant.now();

	private WeatherModel(Map<String, WeatherType> types) {
		this.types = types;
	}

	/**
	 * Trains a model from the daily weather that is shipped with the application.
	 */
	static WeatherModel train() throws IOException {
		try (InputStream in = Objects.requireNonNull(WeatherModel.class.getResourceAsStream(DATA), DATA);
				Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
				CSVParser days = CSVFormat.DEFAULT.builder()
					.setHeader()
					.setSkipHeaderRecord(true)
					.get()
					.parse(reader)) {
			return train(days.stream()
				.map((row) -> new Day(LocalDate.parse(row.get("date")).getMonthValue(),
						Double.parseDouble(row.get("temp_max")), row.get("weather")))
				.toList());
		}
	}

	static WeatherModel train(List<Day> days) {
		Map<String, List<Day>> byWeather = days.stream()
			.collect(Collectors.groupingBy(Day::weather, TreeMap::new, Collectors.toCollection(ArrayList::new)));
		Map<String, WeatherType> types = new TreeMap<>();
		byWeather.forEach((weather, ofThatType) -> types.put(weather, WeatherType.of(ofThatType, days.size())));
		return new WeatherModel(types);
	}

	/**
	 * The probability of each weather type; together they are 1.
	 */
	Map<String, Double> predict(int month, double tempMax) {
		Map<String, Double> logarithms = new TreeMap<>();
		this.types.forEach((weather, type) -> logarithms.put(weather, type.logLikelihood(month, tempMax)));
		// Far from all that was seen every likelihood is 0; only their ratios survive
		double largest = logarithms.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
		double sum = logarithms.values().stream().mapToDouble((value) -> Math.exp(value - largest)).sum();
		logarithms.replaceAll((weather, value) -> Math.exp(value - largest) / sum);
		return logarithms;
	}

	Instant trainedAt() {
		return this.trainedAt;
	}

	/**
	 * One day's weather.
	 *
	 * @param month 1 to 12
	 * @param tempMax highest temperature in °C
	 * @param weather its type
	 */
	record Day(int month, double tempMax, String weather) {

	}

	/**
	 * What the days of one weather type have in common.
	 *
	 * @param logPrior logarithm of the share of these days in all
	 * @param logMonths logarithm of the share of each month in these days
	 * @param mean mean of the highest temperature
	 * @param variance its variance
	 */
	private record WeatherType(double logPrior, double[] logMonths, double mean, double variance) {

		/** Keeps a type that was seen once from being certain of its temperature. */
		private static final double MIN_VARIANCE = 1;

		static WeatherType of(List<Day> days, int all) {
			double mean = days.stream().mapToDouble(Day::tempMax).average().orElseThrow();
			double variance = days.stream()
				.mapToDouble((day) -> (day.tempMax() - mean) * (day.tempMax() - mean))
				.average()
				.orElseThrow();
			double[] logMonths = new double[MONTHS];
			for (int month = 1; month <= MONTHS; month++) {
				int wanted = month;
				long seen = days.stream().filter((day) -> day.month() == wanted).count();
				// Laplace: a month without such a day makes it unlikely, not impossible
				logMonths[month - 1] = Math.log((seen + 1.0) / (days.size() + MONTHS));
			}
			return new WeatherType(Math.log((double) days.size() / all), logMonths, mean,
					Math.max(variance, MIN_VARIANCE));
		}

		double logLikelihood(int month, double tempMax) {
			double distance = tempMax - this.mean;
			return this.logPrior + this.logMonths[month - 1] - Math.log(2 * Math.PI * this.variance) / 2
					- distance * distance / (2 * this.variance);
		}

	}

}
