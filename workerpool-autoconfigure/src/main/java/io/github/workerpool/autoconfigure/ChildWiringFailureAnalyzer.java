package io.github.workerpool.autoconfigure;

import io.github.workerpool.process.ChildWiringException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what can't be wired in a child JVM, and what to add to which key.
 */
final class ChildWiringFailureAnalyzer extends AbstractFailureAnalyzer<ChildWiringException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ChildWiringException cause) {
		StringBuilder description = new StringBuilder("A bean can't be made in the child JVMs of a worker pool:\n")
			.append("\n    pool:    ")
			.append(cause.pool())
			.append("\n    bean:    ")
			.append(cause.bean());
		if (cause.missing() != null) {
			description.append("\n    missing: ").append(cause.missing());
		}
		description.append("\n    reason:  ").append(cause.reason());
		return new FailureAnalysis(description.toString(), cause.remedy()
				+ " A child's context has the offloaded beans and what the classes of that key make, nothing else.",
				cause);
	}

}
