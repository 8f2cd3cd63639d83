package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Buffers and shared memory as arguments and results of {@code @Offload} methods.
 */
@ExtendWith(NoLeaks.class)
class OffloadedMemoryIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static ApplicationContextRunner runner(String isolation) {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
			.withPropertyValues("workerpool.pools.default.isolation=" + isolation, "workerpool.pools.default.size=1")
			.withBean(Painter.class);
		return isolation.equals("thread") ? runner
				: runner.withPropertyValues("workerpool.pools.default.resource-limits.max-heap-size=128MB",
						"workerpool.pools.default.process.class-data-sharing=off");
	}

	@ParameterizedTest
	@ValueSource(strings = { "thread", "process" })
	void bufferIsTransferredAndComesBackInEveryKindOfResult(String isolation) {
		runner(isolation).run((context) -> {
			assertThat(context).hasNotFailed();
			Painter painter = context.getBean(Painter.class);
			TransferableBuffer first = TransferableBuffer.copyOf(new byte[] { 1, 21 });
			TransferableBuffer second = painter.doubled(first);
			assertThat(second.toByteArray()).containsExactly(2, 42);
			TransferableBuffer third = painter.doubledLater(second).get(30, TimeUnit.SECONDS);
			assertThat(third.toByteArray()).containsExactly(4, 84);
			TransferableBuffer fourth = painter.doubledReactively(third).block(PATIENCE);
			assertThat(fourth).isNotNull();
			assertThat(fourth.toByteArray()).containsExactly(8, (byte) 168);
			fourth.close();
			assertThatExceptionOfType(TaskSerializationException.class).isThrownBy(() -> painter.doubled(fourth))
				.withMessageContaining("closed");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "thread", "process" })
	void sharedMemoryIsShared(String isolation) {
		runner(isolation).run((context) -> {
			assertThat(context).hasNotFailed();
			Painter painter = context.getBean(Painter.class);
			try (SharedMemory memory = SharedMemory.allocate(16)) {
				memory.ints().set(0, 100);
				assertThat(painter.add(memory.ints(), 50)).isEqualTo(100);
				assertThat(memory.ints().get(0)).isEqualTo(150);
				painter.clear(memory);
				// Fire and forget
				await().atMost(PATIENCE).untilAsserted(() -> assertThat(memory.ints().get(0)).isZero());
			}
		});
	}

	/**
	 * Works on memory.
	 */
	public static class Painter {

		@Offload
		public TransferableBuffer doubled(TransferableBuffer buffer) {
			for (int i = 0; i < buffer.size(); i++) {
				buffer.asBuffer().put(i, (byte) (buffer.asBuffer().get(i) * 2));
			}
			return buffer;
		}

		@Offload
		public CompletableFuture<TransferableBuffer> doubledLater(TransferableBuffer buffer) {
			return CompletableFuture.completedFuture(doubled(buffer));
		}

		@Offload
		public Mono<TransferableBuffer> doubledReactively(TransferableBuffer buffer) {
			return Mono.fromCallable(() -> doubled(buffer));
		}

		@Offload
		public int add(SharedIntArray cells, int delta) {
			return cells.getAndAdd(0, delta);
		}

		@Offload
		public void clear(SharedMemory memory) {
			memory.ints().set(0, 0);
		}

	}

}
