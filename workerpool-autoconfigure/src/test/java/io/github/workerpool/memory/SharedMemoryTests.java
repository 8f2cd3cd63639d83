package io.github.workerpool.memory;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

import io.github.workerpool.MemoryAllocationException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link SharedMemory} and its arrays within one JVM. Waiting is tested both as
 * long as no other JVM sees the memory and as if one did.
 */
class SharedMemoryTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	private static final Executor NEW_THREAD = (action) -> {
		Thread thread = new Thread(action, "waiter");
		thread.setDaemon(true);
		thread.start();
	};

	@Test
	void freshMemoryIsFilledWithZeros() {
		try (SharedMemory memory = SharedMemory.allocate(100_003)) {
			assertThat(memory.size()).isEqualTo(100_003);
			ByteBuffer buffer = memory.asBuffer();
			assertThat(buffer.order()).isEqualTo(ByteOrder.nativeOrder());
			assertThat(buffer.remaining()).isEqualTo(100_003);
			while (buffer.hasRemaining()) {
				assertThat(buffer.get()).isZero();
			}
			assertThat(memory.ints().length()).isEqualTo(25_000);
			assertThat(memory.longs().length()).isEqualTo(12_500);
			assertThat(memory).hasToString("SharedMemory of 100003 bytes");
			assertThat(memory.ints()).hasToString("SharedIntArray of 25000 cells");
		}
	}

	@Test
	void sizesThatCantBeAreRefused() {
		for (long size : new long[] { 0, -1, 1L << 31 }) {
			assertThatIllegalArgumentException().isThrownBy(() -> SharedMemory.allocate(size))
				.withMessageContaining(Long.toString(size));
		}
	}

	@Test
	void noRoomIsATypedError(@TempDir Path directory) {
		MemoryDirectories directories = new MemoryDirectories(List.of(directory), (each) -> 1 << 20);
		assertThatExceptionOfType(MemoryAllocationException.class)
			.isThrownBy(() -> SharedMemory.allocate(2L << 20, directories))
			.withMessageContaining("2.0 MB")
			.withMessageContaining("1.0 MB free");
		assertThat(directory).isEmptyDirectory();
	}

	@Test
	void viewsShowTheSameMemory() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			memory.longs().set(1, 0x0102030405060708L);
			assertThat(memory.asBuffer().getLong(8)).isEqualTo(0x0102030405060708L);
			memory.asBuffer().putInt(4, 7);
			assertThat(memory.ints().get(1)).isEqualTo(7);
			assertThat(memory.ints().memory()).isSameAs(memory);
		}
	}

	@Test
	void intsHaveTheOperationsOfAnAtomicArray() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			SharedIntArray ints = memory.ints();
			ints.set(3, 5);
			assertThat(ints.get(3)).isEqualTo(5);
			assertThat(ints.getAndAdd(3, 3)).isEqualTo(5);
			assertThat(ints.getAndSet(3, 0b1100)).isEqualTo(8);
			assertThat(ints.getAndAnd(3, 0b0110)).isEqualTo(0b1100);
			assertThat(ints.getAndOr(3, 0b0011)).isEqualTo(0b0100);
			assertThat(ints.getAndXor(3, 0b0101)).isEqualTo(0b0111);
			assertThat(ints.compareAndSet(3, 1, 2)).isFalse();
			assertThat(ints.compareAndSet(3, 2, 9)).isTrue();
			assertThat(ints.compareAndExchange(3, 1, 2)).isEqualTo(9);
			assertThat(ints.compareAndExchange(3, 9, Integer.MIN_VALUE)).isEqualTo(9);
			assertThat(ints.get(3)).isEqualTo(Integer.MIN_VALUE);
			assertThat(ints.get(2)).isZero();
		}
	}

	@Test
	void longsHaveTheOperationsOfAnAtomicArray() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			SharedLongArray longs = memory.longs();
			longs.set(1, 5L << 40);
			assertThat(longs.get(1)).isEqualTo(5L << 40);
			assertThat(longs.getAndAdd(1, 3L << 40)).isEqualTo(5L << 40);
			assertThat(longs.getAndSet(1, 0b1100)).isEqualTo(8L << 40);
			assertThat(longs.getAndAnd(1, 0b0110)).isEqualTo(0b1100);
			assertThat(longs.getAndOr(1, 0b0011)).isEqualTo(0b0100);
			assertThat(longs.getAndXor(1, 0b0101)).isEqualTo(0b0111);
			assertThat(longs.compareAndSet(1, 1, 2)).isFalse();
			assertThat(longs.compareAndSet(1, 2, 9)).isTrue();
			assertThat(longs.compareAndExchange(1, 1, 2)).isEqualTo(9);
			assertThat(longs.compareAndExchange(1, 9, Long.MIN_VALUE)).isEqualTo(9);
			assertThat(longs.get(1)).isEqualTo(Long.MIN_VALUE);
			assertThat(longs.get(0)).isZero();
		}
	}

	@Test
	void boundsAreChecked() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			for (int index : new int[] { -1, 4, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30 }) {
				for (ThrowingCallable each : intOperations(memory.ints(), index)) {
					assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(each);
				}
				for (ThrowingCallable each : longOperations(memory.longs(), index)) {
					assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(each);
				}
			}
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> memory.asBuffer().get(16));
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> memory.longs().get(2));
		}
	}

	@Test
	void closedMemoryThrows() {
		SharedMemory memory = SharedMemory.allocate(16);
		SharedIntArray ints = memory.ints();
		SharedLongArray longs = memory.longs();
		memory.close();
		memory.close();
		assertThat(memory.isClosed()).isTrue();
		assertThat(memory.size()).isEqualTo(16);
		assertThatIllegalStateException().isThrownBy(memory::asBuffer).withMessageContaining("closed");
		assertThatIllegalStateException().isThrownBy(memory::ints);
		assertThatIllegalStateException().isThrownBy(memory::longs);
		for (ThrowingCallable each : intOperations(ints, 0)) {
			assertThatIllegalStateException().isThrownBy(each);
		}
		for (ThrowingCallable each : longOperations(longs, 0)) {
			assertThatIllegalStateException().isThrownBy(each);
		}
		assertThat(memory).hasToString("SharedMemory of 16 bytes, closed");
	}

	@Test
	@EnabledForJreRange(minVersion = 22)
	void buffersTakenBeforeTheCloseThrowToo() {
		SharedMemory memory = SharedMemory.allocate(16);
		ByteBuffer buffer = memory.asBuffer();
		memory.close();
		assertThatIllegalStateException().isThrownBy(() -> buffer.get(0));
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void closedMemoryGoesBackToTheSystemAtOnceIfNobodyCanBeUsingIt() throws Exception {
		for (boolean shown : new boolean[] { false, true }) {
			List<String> before = OpenFiles.open();
			SharedMemory memory = allocate(1 << 20, shown);
			memory.ints().set(7, 1);
			try (FileChannel file = OpenFiles.openNewest(before)) {
				long header = file.size() - (1 << 20);
				memory.close();
				assertThat(file.size()).isEqualTo((Mapping.isRevocable() && !shown) ? header : header + (1 << 20));
			}
		}
	}

	@Test
	void closingUnderFullUseCrashesNothing() throws Exception {
		for (int i = 0; i < 20; i++) {
			SharedMemory memory = SharedMemory.allocate(4 << 20);
			SharedLongArray longs = memory.longs();
			CountDownLatch running = new CountDownLatch(2);
			List<CompletableFuture<Void>> users = new ArrayList<>();
			for (int user = 0; user < 2; user++) {
				users.add(CompletableFuture.runAsync(() -> {
					for (int index = 0;; index = (index + 1) % longs.length()) {
						longs.getAndAdd(index, 1);
						if (index == 1000) {
							running.countDown();
						}
					}
				}, NEW_THREAD));
			}
			assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
			memory.close();
			for (CompletableFuture<Void> user : users) {
				assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> user.get(30, TimeUnit.SECONDS))
					.withCauseInstanceOf(IllegalStateException.class);
			}
		}
	}

	@Test
	void cloneSharesTheMemory() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			SharedIntArray ints = memory.ints();
			StructuredCloneTests.Bean bean = new StructuredCloneTests.Bean();
			bean.content = List.of(memory, ints, memory.longs());
			List<?> content = (List<?>) StructuredClone.clone(bean).content;
			assertThat(content.get(0)).isSameAs(memory);
			assertThat(content.get(1)).isSameAs(ints);
			assertThat(StructuredClone.clone(Map.of("a", memory)).get("a")).isSameAs(memory);
		}
	}

	@Test
	void memoryDoesNotCrossByPlainSerialization() {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			for (Object each : List.of(memory, memory.ints(), memory.longs())) {
				assertThatExceptionOfType(NotSerializableException.class)
					.isThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(each));
			}
		}
	}

	@Test
	void incrementsOfManyThreadsAreExact() throws Exception {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			SharedIntArray ints = memory.ints();
			SharedLongArray longs = memory.longs();
			inParallel(4, (thread) -> {
				for (int i = 0; i < 100_000; i++) {
					ints.getAndAdd(0, 1);
					long before;
					do {
						before = longs.get(1);
					}
					while (!longs.compareAndSet(1, before, before + 2));
				}
			});
			assertThat(ints.get(0)).isEqualTo(400_000);
			assertThat(longs.get(1)).isEqualTo(800_000);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void awaitComparesFirst(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			assertThat(memory.ints().await(0, 1)).isEqualTo(AwaitResult.NOT_EQUAL);
			assertThat(memory.longs().await(0, 1L, LONG)).isEqualTo(AwaitResult.NOT_EQUAL);
			assertThat(memory.ints().await(0, 0, Duration.ZERO)).isEqualTo(AwaitResult.TIMED_OUT);
			assertThat(memory.ints().await(0, 0, Duration.ofSeconds(-1))).isEqualTo(AwaitResult.TIMED_OUT);
			assertThatNullPointerException().isThrownBy(() -> memory.ints().await(0, 0, null));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void awaitEndsWhenTheTimeIsUp(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			long start = System.nanoTime();
			assertThat(memory.ints().await(0, 0, Duration.ofMillis(700))).isEqualTo(AwaitResult.TIMED_OUT);
			assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(700).toNanos());
			assertThat(memory.ints().await(0, 0, Duration.ofNanos(1))).isEqualTo(AwaitResult.TIMED_OUT);
			assertThat(memory.ints().signal(0, 1)).isZero();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void signalWakesOneThatWaits(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			CompletableFuture<AwaitResult> waiter = waiter(() -> memory.ints().await(1, 0));
			signal(memory.ints(), 1, 1);
			assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
			assertThat(memory.ints().signal(1, 1)).isZero();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void signalReachesOnlyItsCell(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			CompletableFuture<AwaitResult> one = waiter(() -> memory.ints().await(1, 0));
			CompletableFuture<AwaitResult> other = waiter(() -> memory.longs().await(1, 0));
			signal(memory.ints(), 1, 1);
			assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
			assertThat(other).isNotDone();
			// the same byte, whichever array
			signal(memory.ints(), 2, 5);
			assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void signalWakesAsManyAsAskedForInTheOrderTheyCame(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			List<Integer> woken = new CopyOnWriteArrayList<>();
			List<CompletableFuture<AwaitResult>> waiters = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				int number = i;
				CountDownLatch waiting = new CountDownLatch(1);
				AtomicReference<Thread> thread = new AtomicReference<>();
				waiters.add(waiter(() -> {
					thread.set(Thread.currentThread());
					waiting.countDown();
					AwaitResult result = memory.ints().await(0, 0);
					woken.add(number);
					return result;
				}));
				assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
				awaitSleeping(thread.get());
			}
			assertThat(memory.ints().signal(0, 0)).isZero();
			for (int i = 0; i < 3; i++) {
				assertThat(memory.ints().signal(0, 1)).isEqualTo(1);
				waiters.get(i).get(30, TimeUnit.SECONDS);
			}
			assertThat(woken).containsExactly(0, 1, 2);
			assertThat(memory.ints().signal(0, Integer.MAX_VALUE)).isEqualTo(3);
			for (CompletableFuture<AwaitResult> each : waiters) {
				assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
			}
			assertThatIllegalArgumentException().isThrownBy(() -> memory.ints().signal(0, -1));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void interruptionEndsAnAwait(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			AtomicReference<Thread> thread = new AtomicReference<>();
			CompletableFuture<AwaitResult> waiter = waiter(() -> {
				thread.set(Thread.currentThread());
				return memory.ints().await(0, 0);
			});
			Awaitility.await().until(() -> thread.get() != null);
			awaitSleeping(thread.get());
			thread.get().interrupt();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
				.withCauseInstanceOf(InterruptedException.class);
			assertThat(memory.ints().signal(0, 1)).isZero();
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> memory.ints().await(0, 0));
			assertThat(Thread.interrupted()).isFalse();
			CompletableFuture<AwaitResult> next = waiter(() -> memory.ints().await(0, 0));
			signal(memory.ints(), 0, 1);
			assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
		}
	}

	@Test
	void interruptedThreadCanSignal() throws Exception {
		try (SharedMemory memory = allocate(16, true)) {
			CompletableFuture<AwaitResult> waiter = waiter(() -> memory.ints().await(0, 0));
			Thread.currentThread().interrupt();
			while (memory.ints().signal(0, 1) == 0) {
				Thread.onSpinWait();
			}
			assertThat(Thread.interrupted()).isTrue();
			assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void closeEndsAnAwait(boolean shown) {
		SharedMemory memory = allocate(16, shown);
		AtomicReference<Thread> thread = new AtomicReference<>();
		CompletableFuture<AwaitResult> waiter = waiter(() -> {
			thread.set(Thread.currentThread());
			return memory.ints().await(0, 0);
		});
		Awaitility.await().until(() -> thread.get() != null);
		awaitSleeping(thread.get());
		memory.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
			.withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void waiterFromBeforeTheMemoryWasShownIsWoken() throws Exception {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			AtomicReference<Thread> thread = new AtomicReference<>();
			CompletableFuture<AwaitResult> waiter = waiter(() -> {
				thread.set(Thread.currentThread());
				return memory.ints().await(0, 0);
			});
			Awaitility.await().until(() -> thread.get() != null);
			awaitSleeping(thread.get());
			memory.handle(MemoryHandle.Kind.MEMORY);
			assertThat(memory.ints().signal(0, 1)).isEqualTo(1);
			assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
		}
	}

	@Test
	void tooManyWaitersAreRefused() throws Exception {
		try (SharedMemory memory = SharedMemory.allocate(16)) {
			AtomicInteger refused = new AtomicInteger();
			List<CompletableFuture<Void>> waiters = IntStream.range(0, 520)
				.mapToObj((i) -> CompletableFuture.runAsync(() -> {
					try {
						memory.ints().await(0, 0);
					}
					catch (IllegalStateException ex) {
						refused.incrementAndGet();
					}
					catch (InterruptedException ex) {
						throw new CompletionException(ex);
					}
				}, (action) -> new Thread(null, action, "waiter", 1 << 17).start()))
				.toList();
			Awaitility.await().atMost(LONG).until(() -> refused.get() == 8);
			Awaitility.await().atMost(LONG).until(() -> {
				memory.ints().signal(0, Integer.MAX_VALUE);
				return waiters.stream().allMatch(CompletableFuture::isDone);
			});
			assertThat(refused).hasValue(8);
			assertThat(waiters).noneMatch(CompletableFuture::isCompletedExceptionally);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void permitsHandedOutBySignalsAreNeitherLostNorDoubled(boolean shown) throws Exception {
		int rounds = shown ? 5_000 : 20_000;
		try (SharedMemory memory = allocate(16, shown)) {
			SharedIntArray ints = memory.ints();
			// a semaphore: cell 0 holds the permits
			inParallel(4, (thread) -> {
				for (int i = 0; i < rounds; i++) {
					if (thread % 2 == 0) {
						ints.getAndAdd(0, 1);
						ints.signal(0, 1);
					}
					else {
						acquire(ints);
						ints.getAndAdd(1, 1);
					}
				}
			});
			assertThat(ints.get(0)).isZero();
			assertThat(ints.get(1)).isEqualTo(2 * rounds);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void everySignalThatCountsWakesExactlyOne(boolean shown) throws Exception {
		try (SharedMemory memory = allocate(16, shown)) {
			SharedIntArray ints = memory.ints();
			AtomicInteger woken = new AtomicInteger();
			AtomicInteger counted = new AtomicInteger();
			AtomicInteger left = new AtomicInteger(3);
			int rounds = shown ? 2_000 : 10_000;
			inParallel(4, (thread) -> {
				if (thread == 3) {
					while (left.get() > 0) {
						counted.addAndGet(ints.signal(0, 2));
						Thread.yield();
					}
					return;
				}
				for (int i = 0; i < rounds; i++) {
					// time-outs and signals meet
					if (ints.await(0, 0, Duration.ofNanos(1_000L * (i % 50) + 1)) == AwaitResult.OK) {
						woken.incrementAndGet();
					}
				}
				left.decrementAndGet();
			});
			assertThat(woken).hasValue(counted.get());
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void signalThatMeetsAnInterruptionIsNotLost(boolean shown) throws Exception {
		long seed = System.nanoTime();
		Random random = new Random(seed);
		try (SharedMemory memory = allocate(16, shown)) {
			SharedIntArray ints = memory.ints();
			AtomicReferenceArray<Thread> waiters = new AtomicReferenceArray<>(3);
			AtomicInteger woken = new AtomicInteger();
			AtomicInteger counted = new AtomicInteger();
			AtomicInteger interrupted = new AtomicInteger();
			AtomicInteger left = new AtomicInteger(3);
			int rounds = shown ? 1_000 : 5_000;
			inParallel(4, (thread) -> {
				if (thread == 3) {
					while (left.get() > 0) {
						Thread victim = waiters.get(random.nextInt(3));
						boolean first = random.nextBoolean();
						if (first && victim != null) {
							victim.interrupt();
						}
						counted.addAndGet(ints.signal(0, 1 + random.nextInt(3)));
						if (!first && victim != null) {
							victim.interrupt();
						}
						Thread.yield();
					}
					return;
				}
				waiters.set(thread, Thread.currentThread());
				for (int i = 0; i < rounds; i++) {
					try {
						if (ints.await(0, 0, LONG) == AwaitResult.OK) {
							woken.incrementAndGet();
						}
					}
					catch (InterruptedException ex) {
						interrupted.incrementAndGet();
					}
				}
				waiters.set(thread, null);
				left.decrementAndGet();
			});
			assertThat(woken).as("seed %d", seed).hasValue(counted.get());
			assertThat(woken.get() + interrupted.get()).as("seed %d", seed).isEqualTo(3 * rounds);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void noFileHasANameAndNothingIsLeftOpen() throws Exception {
		List<String> before = OpenFiles.open();
		SharedMemory memory = allocate(5000, true);
		CompletableFuture<AwaitResult> waiter = waiter(() -> memory.ints().await(0, 0));
		signal(memory.ints(), 0, 1);
		waiter.get(30, TimeUnit.SECONDS);
		assertThat(OpenFiles.named()).isEmpty();
		assertThat(OpenFiles.open()).hasSize(before.size() + 1);
		memory.close();
		assertThat(OpenFiles.open()).isEqualTo(before);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void forgottenMemoryIsFreed() {
		int open = OpenFiles.open().size();
		int mapped = OpenFiles.mapped().size();
		for (int i = 0; i < 10; i++) {
			SharedMemory.allocate(5000).ints().set(0, 1);
		}
		Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			System.gc();
			assertThat(OpenFiles.open()).hasSizeLessThanOrEqualTo(open);
			assertThat(OpenFiles.mapped()).hasSizeLessThanOrEqualTo(mapped);
		});
	}

	@Test
	void arrayKeepsForgottenMemory() {
		SharedIntArray ints = SharedMemory.allocate(64).ints();
		ints.set(0, 5);
		for (int i = 0; i < 3; i++) {
			System.gc();
			SharedMemory.allocate(1).close();
		}
		assertThat(ints.get(0)).isEqualTo(5);
		ints.memory().close();
	}

	private static void acquire(SharedIntArray ints) throws InterruptedException {
		while (true) {
			int permits = ints.get(0);
			if (permits == 0) {
				ints.await(0, 0, LONG);
			}
			else if (ints.compareAndSet(0, permits, permits - 1)) {
				return;
			}
		}
	}

	/** Memory that waiters treat as if other JVMs saw it. */
	private static SharedMemory allocate(long bytes, boolean shown) {
		SharedMemory memory = SharedMemory.allocate(bytes);
		if (shown) {
			memory.handle(MemoryHandle.Kind.MEMORY);
		}
		return memory;
	}

	private static void signal(SharedIntArray ints, int index, int count) {
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> ints.signal(index, count) == 1);
	}

	private static void awaitSleeping(Thread thread) {
		Awaitility.await().pollInterval(Duration.ofMillis(2)).atMost(Duration.ofSeconds(30)).until(() -> {
			StackTraceElement[] stack = thread.getStackTrace();
			return Arrays.stream(stack)
				.anyMatch((frame) -> frame.getClassName().equals(WaitTable.class.getName())
						&& frame.getMethodName().equals("sleep"));
		});
	}

	private static CompletableFuture<AwaitResult> waiter(Waiting waiting) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return waiting.await();
			}
			catch (InterruptedException ex) {
				throw new CompletionException(ex);
			}
		}, NEW_THREAD);
	}

	private static void inParallel(int threads, Body body) throws Exception {
		List<CompletableFuture<Void>> all = IntStream.range(0, threads)
			.mapToObj((thread) -> CompletableFuture.runAsync(() -> {
				try {
					body.run(thread);
				}
				catch (InterruptedException ex) {
					throw new CompletionException(ex);
				}
			}, NEW_THREAD))
			.toList();
		for (CompletableFuture<Void> each : all) {
			each.get(60, TimeUnit.SECONDS);
		}
	}

	private static List<ThrowingCallable> intOperations(SharedIntArray ints, int index) {
		return List.of(() -> ints.get(index), () -> ints.set(index, 1), () -> ints.getAndAdd(index, 1),
				() -> ints.getAndSet(index, 1), () -> ints.getAndAnd(index, 1), () -> ints.getAndOr(index, 1),
				() -> ints.getAndXor(index, 1), () -> ints.compareAndSet(index, 0, 1),
				() -> ints.compareAndExchange(index, 0, 1), () -> ints.await(index, 5),
				() -> ints.await(index, 5, Duration.ZERO), () -> ints.signal(index, 1));
	}

	private static List<ThrowingCallable> longOperations(SharedLongArray longs, int index) {
		return List.of(() -> longs.get(index), () -> longs.set(index, 1), () -> longs.getAndAdd(index, 1),
				() -> longs.getAndSet(index, 1), () -> longs.getAndAnd(index, 1), () -> longs.getAndOr(index, 1),
				() -> longs.getAndXor(index, 1), () -> longs.compareAndSet(index, 0, 1),
				() -> longs.compareAndExchange(index, 0, 1), () -> longs.await(index, 5),
				() -> longs.await(index, 5, Duration.ZERO), () -> longs.signal(index, 1));
	}

	@FunctionalInterface
	private interface Waiting {

		AwaitResult await() throws InterruptedException;

	}

	@FunctionalInterface
	private interface Body {

		void run(int thread) throws InterruptedException;

	}

}
