package io.github.workerpool.sample.weather;

import java.util.Map;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerLocal;
import io.github.workerpool.offload.Offload;

import org.springframework.stereotype.Service;

/**
 * Predicts the weather on a worker of pool {@code data}. Training takes a while, so each
 * worker does it once, when it predicts for the first time, and keeps the model for as
 * long as it lives. No model is ever used by two threads.
 */
@Service
class WeatherForecaster {

	private static final WorkerLocal<WeatherModel> MODEL = WorkerLocal.of(WeatherModel::train);

	@Offload(pool = "data", name = "weather")
	public Forecast predict(int month, double tempMax) {
		WeatherModel model = MODEL.get();
		Map<String, Double> probabilities = model.predict(month, tempMax);
		Map.Entry<String, Double> likeliest = probabilities.entrySet()
			.stream()
			.max(Map.Entry.comparingByValue())
			.orElseThrow();
		return new Forecast(likeliest.getKey(), likeliest.getValue(), probabilities,
				WorkerContext.current().map(WorkerContext::workerId).orElse("none"), model.trainedAt());
	}

}
