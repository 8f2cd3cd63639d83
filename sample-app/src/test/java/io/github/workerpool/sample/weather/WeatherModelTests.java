package io.github.workerpool.sample.weather;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import io.github.workerpool.sample.weather.WeatherModel.Day;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link WeatherModel}.
 */
class WeatherModelTests {

	@Test
	void probabilitiesAddUpToOneEverywhere() throws IOException {
		WeatherModel model = WeatherModel.train();
		for (int month = 1; month <= 12; month++) {
			for (double tempMax = -90; tempMax <= 60; tempMax += 7.5) {
				Map<String, Double> probabilities = model.predict(month, tempMax);
				assertThat(probabilities).containsOnlyKeys("drizzle", "fog", "rain", "snow", "sun");
				assertThat(probabilities.values()).allMatch((probability) -> probability >= 0 && probability <= 1);
				assertThat(probabilities.values().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1,
						within(1e-9));
			}
		}
	}

	@Test
	void seattleIsAsExpected() throws IOException {
		WeatherModel model = WeatherModel.train();
		assertThat(likeliest(model, 7, 30)).isEqualTo("sun");
		assertThat(likeliest(model, 12, 9)).isEqualTo("rain");
		assertThat(model.predict(1, 0).get("snow")).isGreaterThan(model.predict(7, 25).get("snow"));
	}

	@Test
	void computesWhatBayesSays() {
		WeatherModel model = WeatherModel.train(
				List.of(new Day(1, 0, "cold"), new Day(1, 2, "cold"), new Day(7, 20, "warm"), new Day(7, 22, "warm")));
		// Both types are equally frequent, of variance 1, and 1 and 7 are mirror images
		assertThat(model.predict(4, 11).get("cold")).isCloseTo(0.5, within(1e-12));
		double ofMonth = 3.0 / 4;
		assertThat(model.predict(1, 11).get("cold")).isCloseTo(ofMonth, within(1e-12));
		assertThat(model.predict(7, 11).get("cold")).isCloseTo(1 - ofMonth, within(1e-12));
		assertThat(model.predict(4, 1).get("cold")).isCloseTo(1, within(1e-12));
	}

	private static String likeliest(WeatherModel model, int month, double tempMax) {
		return model.predict(month, tempMax)
			.entrySet()
			.stream()
			.max(Map.Entry.comparingByValue())
			.orElseThrow()
			.getKey();
	}

}
