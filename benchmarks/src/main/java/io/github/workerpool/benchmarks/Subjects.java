package io.github.workerpool.benchmarks;

/**
 * The names of those that are measured: ours, and what one would take instead.
 */
final class Subjects {

	static final String THREADS = "workerpool threads";

	/** A call of a method, with an {@code int}. */
	static final String PROCESSES = "workerpool processes";

	static final String PROCESSES_LAMBDA = "workerpool processes, lambda";

	static final String THREAD_POOL_EXECUTOR = "ThreadPoolExecutor";

	static final String FORK_JOIN_POOL = "ForkJoinPool";

	static final String SPRING_ASYNC = "Spring @Async";

	static final String RESILIENCE4J = "Resilience4j";

	static final String REACTOR = "Reactor parallel";

	static final String VIRTUAL_THREADS = "virtual threads";

	/** A new JVM for each task. */
	static final String JVM_PER_TASK = "JVM per task";

	private Subjects() {
	}

}
