package io.github.workerpool.sample.weather;

import java.io.Serializable;
import java.time.Instant;
import java.util.Map;

/**
 * A weather prediction.
 *
 * @param weather the most likely type
 * @param probability its probability, 0 to 1
 * @param probabilities the probability of every type
 * @param worker the worker that predicted
 * @param trainedAt when that worker trained its model
 */
record Forecast(String weather, double probability, Map<String, Double> probabilities, String worker,
		Instant trainedAt) implements Serializable {

}
