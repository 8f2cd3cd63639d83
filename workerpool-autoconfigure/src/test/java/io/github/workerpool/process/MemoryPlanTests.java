package io.github.workerpool.process;

import java.util.List;
import java.util.function.Consumer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MemoryPlanTests {

	private static final long MB = 1L << 20;

	private static final HostMemory FOUR_GB = new HostMemory(4096 * MB, "container");

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final Logger logger = (Logger) LoggerFactory.getLogger(MemoryPlan.class);

	@BeforeEach
	void listen() {
		this.logger.setAdditive(false);
		this.logger.addAppender(this.log);
		this.log.start();
	}

	@AfterEach
	void stopListening() {
		this.logger.detachAppender(this.log);
		this.logger.setAdditive(true);
	}

	@ParameterizedTest
	// memory, this JVM's heap, size, heap of a child: all in MB
	@CsvSource({ "4096,1024,4,512", "4096,1024,8,256", "4096,1024,10,204", "4096,1024,100,64", "512,128,4,64",
			"512,512,1,64", "16384,4096,2,512" })
	void heapIsAShareOfWhatIsLeft(long memory, long ownHeap, int size, long heap) {
		long bytes = MemoryPlan.heap(pool("images", (builder) -> builder.size(size)),
				new HostMemory(memory * MB, "machine"), ownHeap * MB);
		assertThat(bytes / MB).isEqualTo(heap);
	}

	@Test
	void heapThatIsSetIsNotChanged() {
		PoolSettings pool = pool("images", (builder) -> builder.resourceLimits((limits) -> limits.maxHeapSize(9 * MB)));
		assertThat(MemoryPlan.heap(pool, FOUR_GB, 1024 * MB)).isEqualTo(9 * MB);
	}

	@Test
	void sumOfAllLimitsIsLogged() {
		MemoryPlan plan = plan(
				pool("images",
						(builder) -> builder.size(2)
							.process((process) -> process.spares(1))
							.resourceLimits((limits) -> limits.maxHeapSize(256 * MB)
								.maxMetaspaceSize(64 * MB)
								.reservedCodeCacheSize(32 * MB)
								.maxDirectMemorySize(16 * MB))),
				pool("reports",
						(builder) -> builder.size(1)
							.resourceLimits((limits) -> limits.maxHeapSize(512 * MB).maxResidentSize(300 * MB))),
				PoolSettings.builder("threads").size(9).build());
		assertThat(plan.total()).isEqualTo((1024 + 3 * 368 + 300) * MB);
		assertThat(plan.fits()).isTrue();
		plan.check(MemoryCheck.WARN);
		assertThat(this.log.list).singleElement().satisfies((event) -> {
			assertThat(event.getLevel()).isEqualTo(Level.INFO);
			assertThat(event.getFormattedMessage()).isEqualTo(
					"Memory for this JVM and its children: 1024MB for this JVM's heap + 3 × 368MB for pool 'images'"
							+ " + 1 × 300MB for pool 'reports' = 2428MB of the container's 4096MB");
		});
	}

	@Test
	void heapAmongTheOptionsOfTheUserCounts() {
		assertThat(plan(pool("images",
				(builder) -> builder.size(1).process((process) -> process.jvmArgs(List.of("-Xmx8m", "-Xmx1g")))))
			.total()).isEqualTo(2048 * MB);
		assertThat(plan(pool("images",
				(builder) -> builder.size(1).process((process) -> process.jvmArgs(List.of("-XX:MaxHeapSize=1024k")))))
			.total()).isEqualTo(1025 * MB);
	}

	@Test
	void tooMuchIsWarnedOfWithTheArithmetic() {
		MemoryPlan plan = tooMuch();
		assertThat(plan.fits()).isFalse();
		plan.check(MemoryCheck.WARN);
		assertThat(this.log.list).singleElement().satisfies((event) -> {
			assertThat(event.getLevel()).isEqualTo(Level.WARN);
			assertThat(event.getFormattedMessage())
				.contains("4 × 1024MB for pool 'images' = 5120MB of the container's 4096MB")
				.contains("Lower 'resource-limits.max-heap-size'");
		});
	}

	@Test
	void tooMuchFailsWithTheArithmeticIfItShould() {
		assertThatExceptionOfType(InvalidPoolSettingException.class).isThrownBy(() -> tooMuch().check(MemoryCheck.FAIL))
			.satisfies((ex) -> {
				assertThat(ex.pool()).isEqualTo("images");
				assertThat(ex.key()).isEqualTo("resource-limits.max-heap-size");
				assertThat(ex.value()).isEqualTo("1024MB");
			})
			.withMessageContaining("1024MB for this JVM's heap + 4 × 1024MB for pool 'images' = 5120MB")
			.withMessageContaining("'workerpool.process.memory-check'");
	}

	@Test
	void nothingIsSaidIfNotWantedOrWithoutChildren() {
		tooMuch().check(MemoryCheck.OFF);
		plan(PoolSettings.builder("threads").size(9).build()).check(MemoryCheck.FAIL);
		assertThat(this.log.list).isEmpty();
	}

	private static MemoryPlan tooMuch() {
		return plan(
				pool("images", (builder) -> builder.size(4).resourceLimits((limits) -> limits.maxHeapSize(1024 * MB))));
	}

	private static MemoryPlan plan(PoolSettings... pools) {
		return MemoryPlan.of(List.of(pools), FOUR_GB, 1024 * MB);
	}

	private static PoolSettings pool(String name, Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder builder = PoolSettings.builder(name).isolation(Isolation.PROCESS);
		further.accept(builder);
		return builder.build();
	}

}
