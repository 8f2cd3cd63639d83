package io.github.workerpool.memory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.MemoryAllocationException;
import io.github.workerpool.Task;
import io.github.workerpool.TaskSerializationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link TransferableBuffer} within one JVM.
 */
class TransferableBufferTests {

	private static final Executor NEW_THREAD = (action) -> new Thread(action, "borrower").start();

	@Test
	void freshBufferIsFilledWithZeros() {
		try (TransferableBuffer buffer = TransferableBuffer.allocate(100_000)) {
			assertThat(buffer.size()).isEqualTo(100_000);
			assertThat(buffer.isDetached()).isFalse();
			assertThat(buffer.toByteArray()).isEqualTo(new byte[100_000]);
			assertThat(buffer).hasToString("TransferableBuffer of 100000 bytes");
		}
	}

	@Test
	void bytesAreCopiedIn() {
		byte[] bytes = random(200_001);
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(bytes)) {
			assertThat(buffer.toByteArray()).isEqualTo(bytes);
			buffer.asBuffer().put(0, (byte) ~bytes[0]);
			assertThat(buffer.toByteArray()[0]).isEqualTo((byte) ~bytes[0]);
		}
	}

	@Test
	void streamIsCopiedIn() throws IOException {
		byte[] bytes = random(200_001);
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(new Dribble(bytes))) {
			assertThat(buffer.toByteArray()).isEqualTo(bytes);
		}
	}

	@Test
	void bufferMayBeEmpty() throws IOException {
		for (TransferableBuffer buffer : List.of(TransferableBuffer.allocate(0), TransferableBuffer.copyOf(new byte[0]),
				TransferableBuffer.copyOf(InputStream.nullInputStream()))) {
			assertThat(buffer.size()).isZero();
			assertThat(buffer.isDetached()).isFalse();
			assertThat(buffer.asBuffer().remaining()).isZero();
			assertThat(buffer.inputStream().read()).isEqualTo(-1);
			try (TransferableBuffer clone = StructuredClone.clone(buffer, buffer)) {
				assertThat(clone.toByteArray()).isEmpty();
			}
			assertThat(buffer.isDetached()).isTrue();
		}
	}

	@Test
	void viewsBeginAtTheStartAndDoNotDisturbEachOther() {
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 0, 0, 0, 1 })) {
			ByteBuffer one = buffer.asBuffer();
			ByteBuffer other = buffer.asBuffer();
			assertThat(one.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
			assertThat(one.getInt()).isEqualTo(1);
			assertThat(other.position()).isZero();
			one.put(0, (byte) 2);
			assertThat(other.get(0)).isEqualTo((byte) 2);
		}
	}

	@Test
	void streamReadsTheBytes() throws IOException {
		byte[] bytes = random(10_000);
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(bytes); InputStream in = buffer.inputStream()) {
			assertThat(in.available()).isEqualTo(10_000);
			assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
			assertThat(in.skip(99)).isEqualTo(99);
			assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 100, 10_000));
			assertThat(in.read()).isEqualTo(-1);
			assertThat(in.read(new byte[1])).isEqualTo(-1);
			assertThat(in.read(new byte[0])).isZero();
		}
	}

	@Test
	void sizesThatCantBeAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> TransferableBuffer.allocate(-1))
			.withMessageContaining("-1");
		assertThatIllegalArgumentException().isThrownBy(() -> TransferableBuffer.allocate(1L << 31));
	}

	@Test
	void transferDetachesTheOriginalAndCopiesNothing() {
		TransferableBuffer original = TransferableBuffer.copyOf(new byte[] { 42 });
		List<Object> copy = StructuredClone.clone(List.of("a", original), original);
		assertDetached(original);
		TransferableBuffer successor = (TransferableBuffer) copy.get(1);
		assertThat(successor).isNotSameAs(original);
		assertThat(successor.toByteArray()).containsExactly(42);
		TransferableBuffer back = StructuredClone.clone(successor, successor);
		assertDetached(successor);
		assertThat(back.toByteArray()).containsExactly(42);
		back.close();
	}

	@Test
	void bufferInsideOfSerializedObjectsIsTransferredToo() {
		TransferableBuffer original = TransferableBuffer.copyOf(new byte[] { 1 });
		StructuredCloneTests.Bean bean = new StructuredCloneTests.Bean();
		bean.content = Map.of("image", original);
		TransferableBuffer successor = (TransferableBuffer) ((Map<?, ?>) StructuredClone.clone(bean, original).content)
			.get("image");
		assertDetached(original);
		assertThat(successor.toByteArray()).containsExactly(1);
		successor.close();
	}

	@Test
	void bufferThatIsNotInTheTransferListIsCopied() {
		try (TransferableBuffer original = TransferableBuffer.copyOf(new byte[] { 1 });
				TransferableBuffer copy = StructuredClone.clone(original)) {
			copy.asBuffer().put(0, (byte) 2);
			assertThat(original.toByteArray()).containsExactly(1);
			assertThat(copy.toByteArray()).containsExactly(2);
		}
	}

	@Test
	void nothingIsDetachedIfTheMessageIsRefused() {
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 })) {
			ByteBuffer view = buffer.asBuffer();
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> StructuredClone.clone(List.of(buffer, new Object()), buffer));
			assertThat(buffer.isDetached()).isFalse();
			assertThat(view.get(0)).isEqualTo((byte) 1);
		}
	}

	@Test
	void detachedBufferCantBeSent() {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 });
		StructuredClone.clone("", buffer);
		assertThatIllegalStateException().isThrownBy(() -> StructuredClone.clone(buffer, buffer))
			.withMessageContaining("detached");
		TaskSerializationException ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.clone(List.of(buffer)));
		assertThat(ex).hasMessageContaining("detached");
		assertThat(ex.path()).isEqualTo("message[0]");
	}

	@Test
	void bufferCanBeTransferredByOneOfManyThreads() throws Exception {
		for (int i = 0; i < 50; i++) {
			TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 });
			List<CompletableFuture<TransferableBuffer>> all = new ArrayList<>();
			for (int thread = 0; thread < 4; thread++) {
				all.add(CompletableFuture.supplyAsync(() -> StructuredClone.clone(buffer, buffer), NEW_THREAD));
			}
			int moved = 0;
			for (CompletableFuture<TransferableBuffer> each : all) {
				TransferableBuffer successor = each.exceptionally((ex) -> null).get(30, TimeUnit.SECONDS);
				if (successor != null) {
					moved++;
					assertThat(successor.toByteArray()).containsExactly(1);
					successor.close();
				}
			}
			assertThat(moved).isEqualTo(1);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void closedBufferGoesBackToTheSystemAtOnce() throws Exception {
		List<String> before = OpenFiles.open();
		TransferableBuffer buffer = TransferableBuffer.allocate(1 << 20);
		buffer.asBuffer().put(7, (byte) 1);
		try (FileChannel file = OpenFiles.openNewest(before)) {
			buffer.close();
			assertThat(file.size()).isEqualTo(Mapping.isRevocable() ? Region.PAGE : Region.PAGE + (1 << 20));
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bufferThatSomebodyMayStillBeUsingStays() throws Exception {
		List<String> before = OpenFiles.open();
		Region region = Region.create(MemoryHandle.Kind.BUFFER, MemoryDirectories.ofSystem(), 1 << 20,
				new Zeros(1 << 20));
		Mapping inUse = region.map();
		try (FileChannel file = OpenFiles.openNewest(before)) {
			region.free();
			assertThat(file.size()).isEqualTo(Region.PAGE + (1 << 20));
			assertThat(inUse.buffer().get((1 << 20) - 1)).isZero();
		}
		inUse.revoke(true);
	}

	@Test
	void closedBufferIsDetached() {
		TransferableBuffer buffer = TransferableBuffer.allocate(10);
		InputStream stream = buffer.inputStream();
		buffer.close();
		buffer.close();
		assertDetached(buffer);
		assertThatIllegalStateException().isThrownBy(stream::read);
		assertThatIllegalStateException().isThrownBy(() -> stream.read(new byte[1]));
		assertThatIllegalStateException().isThrownBy(buffer::asBuffer).withMessageContaining("closed");
	}

	@Test
	@EnabledForJreRange(minVersion = 22)
	void viewsTakenBeforeAreRevoked() {
		for (int size : new int[] { 100, 8 << 20 }) {
			TransferableBuffer buffer = TransferableBuffer.allocate(size);
			ByteBuffer view = buffer.asBuffer();
			ByteBuffer slice = view.slice(1, 10).asReadOnlyBuffer();
			view.put(0, (byte) 5);
			TransferableBuffer successor = StructuredClone.clone(buffer, buffer);
			assertThatIllegalStateException().isThrownBy(() -> view.get(0));
			assertThatIllegalStateException().isThrownBy(() -> view.put(0, (byte) 1));
			assertThatIllegalStateException().isThrownBy(() -> slice.get(0));
			assertThat(successor.asBuffer().get(0)).isEqualTo((byte) 5);
			ByteBuffer later = successor.asBuffer();
			successor.close();
			assertThatIllegalStateException().isThrownBy(() -> later.get(0));
		}
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_21)
	void viewsTakenBeforeDoNotCrashWhereTheyCantBeRevoked() {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 7 });
		ByteBuffer view = buffer.asBuffer();
		StructuredClone.clone(buffer, buffer).close();
		System.gc();
		assertThat(view.get(0)).isEqualTo((byte) 7);
	}

	@Test
	@EnabledForJreRange(minVersion = 22)
	void viewInUseByAChannelDoesNotHoldUpATransfer() throws Exception {
		try (ServerSocketChannel server = ServerSocketChannel.open()
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				SocketChannel client = SocketChannel.open(server.getLocalAddress());
				SocketChannel accepted = server.accept()) {
			TransferableBuffer buffer = TransferableBuffer.allocate(100);
			ByteBuffer view = buffer.asBuffer();
			Thread reader = new Thread(() -> {
				try {
					accepted.read(view);
				}
				catch (IOException | IllegalStateException ex) {
					// the end of the test
				}
			}, "reader");
			reader.start();
			Awaitility.await()
				.until(() -> Arrays.stream(reader.getStackTrace())
					.anyMatch((frame) -> frame.getMethodName().equals("park")
							|| frame.getMethodName().startsWith("read0") || frame.getMethodName().equals("poll")));
			TransferableBuffer successor = StructuredClone.clone(buffer, buffer);
			assertDetached(buffer);
			assertThat(successor.size()).isEqualTo(100);
			client.close();
			reader.join(30_000);
			successor.close();
		}
	}

	@Test
	void lentBufferIsUsableByTheBorrowerOnly() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 });
		MemoryLoan loan = MemoryLoan.of(List.of("something else", buffer));
		assertThat(loan.isEmpty()).isFalse();
		assertDetached(buffer);
		CompletableFuture.runAsync(() -> {
			loan.begin();
			assertThat(buffer.isDetached()).isFalse();
			assertThat(buffer.size()).isEqualTo(1);
			buffer.asBuffer().put(0, (byte) 2);
		}, NEW_THREAD).get(30, TimeUnit.SECONDS);
		assertDetached(buffer);
		assertThatIllegalStateException().isThrownBy(buffer::asBuffer).withMessageContaining("'borrower'");
		loan.handOver(Map.of("result", List.of(buffer)));
		assertThat(buffer.toByteArray()).containsExactly(2);
		buffer.close();
	}

	@Test
	void lentBufferThatIsNotReturnedStaysTheBorrowers() {
		TransferableBuffer buffer = TransferableBuffer.allocate(1);
		MemoryLoan loan = MemoryLoan.of(List.of(buffer));
		loan.handOver(List.of("nothing of the kind"));
		loan.handOver(null);
		assertDetached(buffer);
		loan.handBack();
	}

	@Test
	void loanOfATaskThatNeverStartsIsUndone() {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 });
		MemoryLoan.of(List.of(buffer)).handBack();
		assertThat(buffer.toByteArray()).containsExactly(1);
		buffer.close();
	}

	@Test
	void nothingIsLentIfABufferCantBe() {
		TransferableBuffer one = TransferableBuffer.allocate(1);
		TransferableBuffer gone = TransferableBuffer.allocate(1);
		gone.close();
		assertThatIllegalStateException().isThrownBy(() -> MemoryLoan.of(List.of(one, gone)));
		assertThatIllegalStateException().isThrownBy(() -> MemoryLoan.of(List.of(one, one)));
		assertThat(one.isDetached()).isFalse();
		one.close();
	}

	@Test
	void borrowerMayLendOnAndGetsItBack() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.allocate(1);
		MemoryLoan outer = MemoryLoan.of(List.of(buffer));
		CompletableFuture.runAsync(() -> {
			outer.begin();
			MemoryLoan inner = MemoryLoan.of(List.of(buffer));
			assertDetached(buffer);
			outer.handOver(buffer);
			assertDetached(buffer);
			inner.handBack();
			assertThat(buffer.isDetached()).isFalse();
		}, NEW_THREAD).get(30, TimeUnit.SECONDS);
		assertDetached(buffer);
		outer.handOver(buffer);
		assertThat(buffer.isDetached()).isFalse();
		buffer.close();
	}

	@Test
	void borrowerMayTransferForGood() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 3 });
		MemoryLoan loan = MemoryLoan.of(List.of(buffer));
		TransferableBuffer successor = CompletableFuture.supplyAsync(() -> {
			loan.begin();
			return StructuredClone.clone(buffer, buffer);
		}, NEW_THREAD).get(30, TimeUnit.SECONDS);
		loan.handOver(buffer);
		loan.handBack();
		assertDetached(buffer);
		assertThat(successor.toByteArray()).containsExactly(3);
		successor.close();
	}

	@Test
	void copyOfATaskRefersToTheLentBufferItself() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 3 });
		int[] captured = { 1 };
		Task<TransferableBuffer> task = () -> {
			captured[0]++;
			return buffer;
		};
		MemoryLoan loan = MemoryLoan.of(List.of(buffer));
		Task<TransferableBuffer> copy = StructuredClone.cloneTask(task);
		loan.begin();
		assertThat(copy).isNotSameAs(task);
		assertThat(copy.call()).isSameAs(buffer);
		assertThat(buffer.toByteArray()).containsExactly(3);
		loan.handOver(buffer);
		buffer.close();
	}

	@Test
	void interruptionDisturbsNoBuffer() throws Exception {
		byte[] bytes = random(300_000);
		Thread.currentThread().interrupt();
		TransferableBuffer buffer = TransferableBuffer.copyOf(bytes);
		TransferableBuffer successor = StructuredClone.clone(buffer, buffer);
		assertThat(successor.toByteArray()).isEqualTo(bytes);
		TransferableBuffer zeros = TransferableBuffer.allocate(100);
		assertThat(zeros.size()).isEqualTo(100);
		MemoryLoan.of(List.of(zeros)).handBack();
		assertThat(zeros.toByteArray()).hasSize(100);
		assertThat(Thread.interrupted()).isTrue();
		zeros.close();
		successor.close();
	}

	@Test
	void interruptionsAtAnyMomentLoseNothing() throws Exception {
		byte[] bytes = random(100_000);
		CompletableFuture<Void> work = new CompletableFuture<>();
		Thread victim = new Thread(() -> {
			try {
				for (int i = 0; i < 200; i++) {
					TransferableBuffer buffer = TransferableBuffer.copyOf(bytes);
					OutgoingMemory outgoing = OutgoingMemory.of(List.of(buffer));
					MemoryHandle handle = (MemoryHandle) outgoing.substitute(buffer);
					outgoing.commit();
					TransferableBuffer there = (TransferableBuffer) handle.attach((pid) -> true);
					outgoing.release();
					TransferableBuffer back = StructuredClone.clone(there, there);
					assertThat(back.toByteArray()).isEqualTo(bytes);
					back.close();
				}
				work.complete(null);
			}
			catch (Throwable ex) {
				work.completeExceptionally(ex);
			}
		}, "victim");
		victim.start();
		while (!work.isDone()) {
			victim.interrupt();
			LockSupport.parkNanos(20_000);
		}
		work.get();
		victim.join(30_000);
	}

	@Test
	void bufferDoesNotCrossByPlainSerialization() {
		try (TransferableBuffer buffer = TransferableBuffer.allocate(1)) {
			assertThatExceptionOfType(NotSerializableException.class)
				.isThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(buffer));
		}
	}

	@Test
	void fullDirectoryIsPassedOver(@TempDir Path other) throws IOException {
		Path first = MemoryDirectories.ofSystem().all().get(0);
		MemoryDirectories directories = new MemoryDirectories(List.of(first, other),
				(directory) -> directory.equals(first) ? 5_000 : Long.MAX_VALUE);
		try (TransferableBuffer buffer = TransferableBuffer.allocate(10_000, directories)) {
			assertThat(buffer.size()).isEqualTo(10_000);
		}
	}

	@Test
	void streamGoesOnInAnotherDirectoryWhenTheFirstIsGone(@TempDir Path other) throws IOException {
		Path gone = other.resolve("gone");
		byte[] bytes = random(200_000);
		MemoryDirectories directories = new MemoryDirectories(List.of(gone, other), (directory) -> Long.MAX_VALUE);
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(new Dribble(bytes), directories)) {
			assertThat(buffer.toByteArray()).isEqualTo(bytes);
		}
	}

	@Test
	void noRoomAnywhereIsATypedError(@TempDir Path one, @TempDir Path other) throws IOException {
		MemoryDirectories directories = new MemoryDirectories(List.of(one, other), (directory) -> 64 << 20);
		assertThatExceptionOfType(MemoryAllocationException.class)
			.isThrownBy(() -> TransferableBuffer.allocate(3L << 29, directories))
			.withMessageContaining("1.5 GB")
			.withMessageContaining("'" + one + "' has 64.0 MB free")
			.withMessageContaining(other.toString());
		assertThat(one).isEmptyDirectory();
		assertThat(other).isEmptyDirectory();
		MemoryDirectories missing = new MemoryDirectories(List.of(one.resolve("x")), (directory) -> Long.MAX_VALUE);
		assertThatExceptionOfType(MemoryAllocationException.class)
			.isThrownBy(() -> TransferableBuffer.allocate(1, missing))
			.withMessageContaining("NoSuchFileException");
	}

	@Test
	void failingStreamLeavesNothing() {
		int before = OpenFiles.open().size();
		IOException failure = new IOException("broken");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> TransferableBuffer
			.copyOf(new SequenceInputStream(new ByteArrayInputStream(new byte[100_000]), new InputStream() {
				@Override
				public int read() throws IOException {
					throw failure;
				}
			}))).isSameAs(failure);
		assertThat(OpenFiles.open()).hasSize(before);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void noFileHasANameAndNoneIsLeftOpen() {
		List<String> before = OpenFiles.open();
		TransferableBuffer buffer = TransferableBuffer.allocate(5000);
		assertThat(OpenFiles.named()).isEmpty();
		assertThat(OpenFiles.open()).hasSize(before.size() + 1);
		TransferableBuffer successor = StructuredClone.clone(buffer, buffer);
		assertThat(OpenFiles.open()).hasSize(before.size() + 1);
		successor.close();
		assertThat(OpenFiles.open()).isEqualTo(before);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void forgottenBufferIsFreed() {
		int open = OpenFiles.open().size();
		int mapped = OpenFiles.mapped().size();
		for (int i = 0; i < 10; i++) {
			TransferableBuffer buffer = TransferableBuffer.allocate(5000);
			if (i % 2 == 0) {
				StructuredClone.clone(buffer, buffer);
			}
		}
		Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			System.gc();
			assertThat(OpenFiles.open()).hasSizeLessThanOrEqualTo(open);
			assertThat(OpenFiles.mapped()).hasSizeLessThanOrEqualTo(mapped);
		});
	}

	@Test
	void viewKeepsTheMemoryOfAForgottenBuffer() {
		ByteBuffer view = TransferableBuffer.copyOf(new byte[] { 9 }).asBuffer().slice();
		for (int i = 0; i < 3; i++) {
			System.gc();
			TransferableBuffer.allocate(1).close();
		}
		assertThat(view.get(0)).isEqualTo((byte) 9);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void noThreadIsLeft() {
		TransferableBuffer.allocate(10).close();
		StructuredClone.clone(TransferableBuffer.allocate(8 << 20)).close();
		Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			System.gc();
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.doesNotContain("workerpool-memory", "workerpool-unmap", "workerpool-map");
		});
	}

	@Test
	void largeBufferIsMoved() {
		TransferableBuffer buffer = TransferableBuffer.allocate(64 << 20);
		buffer.asBuffer().putLong(0, 42).putLong((64 << 20) - 8, 43);
		for (int i = 0; i < 10; i++) {
			buffer = StructuredClone.clone(buffer, buffer);
		}
		assertThat(buffer.asBuffer().getLong(0)).isEqualTo(42);
		assertThat(buffer.asBuffer().getLong((64 << 20) - 8)).isEqualTo(43);
		buffer.close();
	}

	private static void assertDetached(TransferableBuffer buffer) {
		assertThat(buffer.isDetached()).isTrue();
		assertThat(buffer.size()).isZero();
		assertThatIllegalStateException().isThrownBy(buffer::asBuffer);
		assertThatIllegalStateException().isThrownBy(buffer::toByteArray);
		assertThatIllegalStateException().isThrownBy(buffer::inputStream);
		assertThatIllegalStateException().isThrownBy(buffer::prepareTransfer);
		assertThat(buffer.toString()).endsWith("detached");
	}

	private static byte[] random(int size) {
		byte[] bytes = new byte[size];
		new Random(size).nextBytes(bytes);
		return bytes;
	}

	/** Gives few bytes at a time. */
	private static final class Dribble extends ByteArrayInputStream {

		Dribble(byte[] bytes) {
			super(bytes);
		}

		@Override
		public synchronized int read(byte[] bytes, int offset, int length) {
			return super.read(bytes, offset, Math.min(length, 777));
		}

	}

}
