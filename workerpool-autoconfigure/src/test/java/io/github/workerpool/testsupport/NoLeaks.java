package io.github.workerpool.testsupport;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Fails a test, or the class, that leaves threads of a pool behind.
 */
public final class NoLeaks implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

	private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(NoLeaks.class);

	@Override
	public void beforeAll(ExtensionContext context) {
		context.getStore(NAMESPACE).put("before", poolThreads());
	}

	@Override
	public void afterEach(ExtensionContext context) {
		check(context);
	}

	@Override
	public void afterAll(ExtensionContext context) {
		check(context);
	}

	@SuppressWarnings("unchecked")
	private static void check(ExtensionContext context) {
		Set<Thread> before = context.getStore(NAMESPACE).get("before", Set.class);
		try {
			awaitNone(before);
		}
		catch (Throwable ex) {
			// Not to be blamed on the tests that follow
			before.addAll(poolThreads());
			throw ex;
		}
	}

	private static void awaitNone(Set<Thread> before) {
		await("threads of pools to end").atMost(Duration.ofSeconds(30))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(5))
			.untilAsserted(() -> {
				Set<Thread> left = poolThreads();
				left.removeAll(before);
				assertThat(left).as("threads left behind").isEmpty();
			});
	}

	/**
	 * The live threads of all pools: workers, supervisors, callbacks.
	 * @return a copy
	 */
	public static Set<Thread> poolThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("workerpool-"))
			.collect(Collectors.toSet());
	}

}
