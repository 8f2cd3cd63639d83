package io.github.workerpool.sample.weather;

import io.github.workerpool.sample.InvalidInputException;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Weather over HTTP.
 */
@RestController
class WeatherController {

	private static final int COLDEST = -90;

	private static final int HOTTEST = 60;

	private final WeatherForecaster forecaster;

	WeatherController(WeatherForecaster forecaster) {
		this.forecaster = forecaster;
	}

	@GetMapping("/weather/predict")
	Forecast predict(@RequestParam int month, @RequestParam double tempMax) {
		InvalidInputException.requireRange("month", month, 1, 12);
		if (!(tempMax >= COLDEST && tempMax <= HOTTEST)) {
			throw new InvalidInputException(
					"'tempMax' must be from %d to %d °C, but is %s".formatted(COLDEST, HOTTEST, tempMax));
		}
		return this.forecaster.predict(month, tempMax);
	}

}
