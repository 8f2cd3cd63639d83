package io.github.workerpool.offload;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what is wrong with an {@link Offload @Offload}, and what to do.
 */
final class OffloadFailureAnalyzer extends AbstractFailureAnalyzer<InvalidOffloadException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidOffloadException cause) {
		String description = "@Offload can't be applied:%n%n    bean:   %s%n    method: %s%n    reason: %s"
			.formatted(cause.bean(), cause.method(), cause.reason());
		return new FailureAnalysis(description, cause.remedy(), cause);
	}

}
