package io.github.workerpool.benchmarks;

import java.util.List;

/**
 * Something that is measured, in the same way for each of several subjects. Every
 * measurement has a JVM of its own, see {@link Fork}: no subject is measured with code
 * that was compiled for another.
 */
interface Scenario {

	/**
	 * Returns the name, as on the command line: lower case, words joined by hyphens.
	 */
	String name();

	/**
	 * Returns who is measured, named as in {@link Subjects}.
	 */
	List<String> subjects();

	/**
	 * Returns the arguments of the JVM that measures the subject.
	 */
	default List<String> jvmArguments(String subject) {
		return List.of("-Xms1g", "-Xmx1g");
	}

	/**
	 * Measures a subject once.
	 * @param subject one of {@link #subjects()}
	 * @param mode how much to do
	 * @param out takes what was measured
	 * @throws Exception if it can't be measured; then the fork has failed
	 */
	void run(String subject, Mode mode, Measurements out) throws Exception;

}
