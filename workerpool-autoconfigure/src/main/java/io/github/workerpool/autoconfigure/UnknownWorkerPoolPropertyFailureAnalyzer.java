package io.github.workerpool.autoconfigure;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which keys are unknown, where they were written, and which were probably meant.
 */
final class UnknownWorkerPoolPropertyFailureAnalyzer
		extends AbstractFailureAnalyzer<UnknownWorkerPoolPropertyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnknownWorkerPoolPropertyException cause) {
		StringBuilder description = new StringBuilder("These keys mean nothing to any worker pool:\n");
		StringBuilder action = new StringBuilder();
		for (ConfigurationProperty property : cause.properties()) {
			description.append("\n    key:    ")
				.append(ConfiguredKeys.written(property))
				.append("\n    value:  ")
				.append(property.getValue())
				.append("\n    origin: ")
				.append(property.getOrigin())
				.append('\n');
			ConfiguredKeys.nearest(property.getName())
				.ifPresent((nearest) -> action.append("Write '")
					.append(nearest)
					.append("' instead of '")
					.append(ConfiguredKeys.written(property))
					.append("'.\n"));
		}
		action.append("Correct or remove the keys. Keys of a pool go below 'workerpool.pools.<name>', those of all "
				+ "pools below 'workerpool.defaults'.");
		return new FailureAnalysis(description.toString(), action.toString(), cause);
	}

}
