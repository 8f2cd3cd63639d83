package io.github.workerpool.memory;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.github.workerpool.MemoryAllocationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for memory that crosses to child JVMs.
 */
class MemoryBetweenJvmsIntegrationTests {

	private final List<ChildJvm> children = new ArrayList<>();

	private List<String> openBefore = List.of();

	@BeforeEach
	void countFiles() {
		if (OS.LINUX.isCurrentOs()) {
			this.openBefore = OpenFiles.open();
		}
	}

	@AfterEach
	void nothingIsLeft() throws Exception {
		for (ChildJvm child : this.children) {
			child.close();
		}
		if (OS.LINUX.isCurrentOs()) {
			OpenFiles.awaitNoneLeft();
			assertThat(OpenFiles.open()).hasSizeLessThanOrEqualTo(this.openBefore.size());
		}
	}

	@Test
	void counterOfParentAndFourChildrenIsExact() throws Exception {
		List<ChildJvm> four = children(4);
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			List<CompletableFuture<Object>> answers = four.stream()
				.map((child) -> child.callAsync("increment", memory, 100_000))
				.toList();
			SharedIntArray ints = memory.ints();
			SharedLongArray longs = memory.longs();
			for (int i = 0; i < 100_000; i++) {
				ints.getAndAdd(0, 1);
				longs.getAndAdd(1, 1);
			}
			for (CompletableFuture<Object> answer : answers) {
				assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			}
			assertThat(ints.get(0)).isEqualTo(500_000);
			assertThat(longs.get(1)).isEqualTo(500_000);
		}
	}

	@Test
	void memoryComesBackAsTheSameObject() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			assertThat(child.call("echo", memory)).isSameAs(memory);
			assertThat(((SharedIntArray) child.call("echo", memory.ints())).memory()).isSameAs(memory);
			assertThat(((SharedLongArray) child.call("echo", memory.longs())).memory()).isSameAs(memory);
			Object several = child.call("echo", Map.of("a", memory, "b", List.of(memory.ints())));
			assertThat(((Map<?, ?>) several).get("a")).isSameAs(memory);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void memoryIsOpenedOnceHoweverOftenItIsSent() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			for (int i = 0; i < 20; i++) {
				child.call("set", memory.ints(), 0, i);
			}
			assertThat((List<?>) child.call("files")).hasSize(1);
			assertThat(memory.ints().get(0)).isEqualTo(19);
		}
	}

	@Test
	void signalWakesAWaiterOfAnotherJvm() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			CompletableFuture<Object> waiter = child.callAsync("await", memory.ints(), 3, 0, 60_000);
			until(() -> memory.ints().signal(3, 1) == 1);
			assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
			assertThat(child.call("await", memory.ints(), 3, 1, 60_000)).isEqualTo(AwaitResult.NOT_EQUAL);
			assertThat(child.call("await", memory.ints(), 3, 0, 50)).isEqualTo(AwaitResult.TIMED_OUT);
			assertThat(memory.ints().signal(3, 1)).isZero();
		}
	}

	@Test
	void childWakesAWaiterOfTheParent() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			// begins to wait before the child sees the memory
			CompletableFuture<AwaitResult> waiter = CompletableFuture.supplyAsync(() -> {
				try {
					return memory.ints().await(3, 0);
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}, (action) -> new Thread(action, "waiter").start());
			until(() -> (int) child.call("signal", memory.ints(), 3, 5) == 1);
			assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
		}
	}

	@Test
	void parentAndChildrenPassPermitsWithoutLosingOne() throws Exception {
		List<ChildJvm> three = children(3);
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			SharedIntArray ints = memory.ints();
			List<CompletableFuture<Object>> answers = three.stream()
				.map((child) -> child.callAsync("acquire", ints, 5_000))
				.toList();
			for (int i = 0; i < 15_000; i++) {
				ints.getAndAdd(0, 1);
				ints.signal(0, 1);
			}
			for (CompletableFuture<Object> answer : answers) {
				assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			}
			assertThat(ints.get(0)).isZero();
			assertThat(ints.get(1)).isEqualTo(15_000);
		}
	}

	@Test
	void pingsAreAnswered() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			SharedIntArray ints = memory.ints();
			CompletableFuture<Object> answer = child.callAsync("answer", ints, 2_000);
			for (int i = 1; i <= 2_000; i++) {
				ints.set(0, i);
				ints.signal(0, 1);
				while (ints.get(1) < i) {
					ints.await(1, i - 1, Duration.ofSeconds(60));
				}
			}
			assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("done");
		}
	}

	@Test
	void killedWaiterTakesNoSignalFromOthers() throws Exception {
		List<ChildJvm> two = children(2);
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			SharedIntArray ints = memory.ints();
			two.get(0).send("await", ints, 0, 0, 60_000);
			// the first to be signalled is the one that dies
			until(() -> waiting(memory) == 1);
			CompletableFuture<Object> survivor = two.get(1).callAsync("await", ints, 0, 0, 60_000);
			until(() -> waiting(memory) == 2);
			two.get(0).kill();
			assertThat(ints.signal(0, 1)).isEqualTo(1);
			assertThat(survivor.get(30, TimeUnit.SECONDS)).isEqualTo(AwaitResult.OK);
			assertThat(ints.signal(0, Integer.MAX_VALUE)).isZero();
			assertThat(waiting(memory)).isZero();
		}
	}

	@Test
	void killedParticipantLeavesOthersWorking() throws Exception {
		List<ChildJvm> three = children(3);
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			three.get(0).send("increment", memory, Integer.MAX_VALUE);
			until(() -> memory.ints().get(0) > 1000);
			three.get(0).kill();
			int before = memory.ints().get(0);
			three.get(1).call("increment", memory, 1000);
			three.get(2).call("increment", memory, 1000);
			assertThat(memory.ints().get(0)).isEqualTo(before + 2000);
		}
	}

	@Test
	void memoryOutlivesTheJvmThatAllocatedIt() throws Exception {
		List<ChildJvm> two = children(2);
		SharedMemory memory = (SharedMemory) two.get(0).call("share", 4096);
		memory.ints().set(0, 5);
		assertThat(two.get(1).call("get", memory.ints(), 0)).isEqualTo(5);
		two.get(0).kill();
		assertThat(memory.isClosed()).isFalse();
		assertThat(two.get(1).call("set", memory.ints(), 0, 6)).isEqualTo("set");
		assertThat(memory.ints().get(0)).isEqualTo(6);
		memory.close();
	}

	@Test
	void ownersCloseReachesEveryone() throws Exception {
		List<ChildJvm> two = children(2);
		SharedMemory memory = SharedMemory.allocate(64);
		two.get(0).call("hold", memory.ints());
		CompletableFuture<Object> waiter = two.get(1).callAsync("await", memory.ints(), 0, 0, 60_000);
		until(() -> waiting(memory) == 1);
		memory.close();
		assertThat((String) waiter.get(30, TimeUnit.SECONDS)).startsWith("IllegalStateException")
			.contains("closed by its owner");
		assertThat((String) two.get(0).call("use")).startsWith("IllegalStateException").contains("closed by its owner");
	}

	@Test
	void closeOfAnotherThanTheOwnerIsItsOwnBusiness() throws Exception {
		ChildJvm child = child();
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			assertThat(child.call("close", memory)).isEqualTo("closed");
			assertThat(memory.isClosed()).isFalse();
			assertThat(child.call("set", memory.ints(), 0, 3)).isEqualTo("set");
			assertThat(memory.ints().get(0)).isEqualTo(3);
		}
	}

	@Test
	void bufferMovesToAChildAndBack() throws Exception {
		ChildJvm child = child();
		TransferableBuffer buffer = TransferableBuffer.allocate(1 << 20);
		OutgoingMemory outgoing = child.send("fill", buffer, 42);
		assertThat(buffer.isDetached()).isTrue();
		assertThat(buffer.size()).isZero();
		assertThatIllegalStateException().isThrownBy(buffer::asBuffer).withMessageContaining("transferred");
		TransferableBuffer back = (TransferableBuffer) child.receive();
		assertThat(outgoing.isTaken()).isTrue();
		assertThat(outgoing.handBack()).isFalse();
		outgoing.release();
		byte[] expected = new byte[1 << 20];
		Arrays.fill(expected, (byte) 42);
		assertThat(back.toByteArray()).isEqualTo(expected);
		// the child lets go of it with its next message
		child.call("hello");
		child.call("hello");
		if (OS.LINUX.isCurrentOs()) {
			assertThat((List<?>) child.call("files")).isEmpty();
		}
		back.close();
	}

	@Test
	@EnabledForJreRange(minVersion = 22)
	void viewsTakenBeforeAreRevoked() throws Exception {
		ChildJvm child = child();
		TransferableBuffer buffer = TransferableBuffer.allocate(100);
		ByteBuffer view = buffer.asBuffer();
		child.call("hold", buffer);
		assertThatIllegalStateException().isThrownBy(() -> view.get(0));
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bufferMovesWithoutBeingCopied() throws Exception {
		ChildJvm child = child();
		TransferableBuffer buffer = TransferableBuffer.allocate(100 << 20);
		buffer.asBuffer().putLong(50 << 20, 42);
		List<String> files = OpenFiles.open();
		TransferableBuffer back = (TransferableBuffer) child.call("echo", buffer);
		assertThat(OpenFiles.open()).isEqualTo(files);
		assertThat(back.asBuffer().getLong(50 << 20)).isEqualTo(42);
		back.close();
	}

	@Test
	void emptyBufferMoves() throws Exception {
		TransferableBuffer back = (TransferableBuffer) child().call("echo", TransferableBuffer.allocate(0));
		assertThat(back.size()).isZero();
		assertThat(back.isDetached()).isFalse();
		back.close();
	}

	@Test
	void bufferMadeByAChildIsTheReceivers() throws Exception {
		ChildJvm child = child();
		TransferableBuffer buffer = (TransferableBuffer) child.call("allocate", 1000);
		child.kill();
		assertThat(buffer.toByteArray()).isEqualTo(new byte[1000]);
		buffer.close();
	}

	@Test
	void bufferThatIsNotNamedIsCopied() throws Exception {
		ChildJvm child = child();
		try (TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 1 })) {
			OutgoingMemory outgoing = OutgoingMemory.of(List.of());
			child.send(outgoing, "fill", buffer, 42);
			TransferableBuffer filled = (TransferableBuffer) child.receive();
			outgoing.release();
			assertThat(filled.toByteArray()).containsExactly(42);
			assertThat(buffer.toByteArray()).containsExactly(1);
			filled.close();
		}
	}

	@Test
	void bufferOfAMessageThatIsNotSentIsHandedBack() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 7 });
		OutgoingMemory outgoing = OutgoingMemory.of(List.of(buffer));
		byte[] message = MemoryChild.encode(List.of("first", buffer), outgoing);
		outgoing.commit();
		assertThat(buffer.isDetached()).isTrue();
		assertThat(outgoing.handBack()).isTrue();
		assertThat(buffer.toByteArray()).containsExactly(7);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> MemoryChild.decode(message))
			.withMessageContaining("handed back");
		outgoing.release();
		// and can be sent again
		assertThat(child().call("first", buffer)).isEqualTo(7);
	}

	@Test
	void messageThatComesTwiceHasOneOwner() throws Exception {
		TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 7 });
		OutgoingMemory outgoing = OutgoingMemory.ofAll();
		byte[] message = MemoryChild.encode(buffer, outgoing);
		outgoing.commit();
		TransferableBuffer owner = (TransferableBuffer) MemoryChild.decode(message);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> MemoryChild.decode(message))
			.withMessageContaining("taken");
		assertThat(outgoing.handBack()).isFalse();
		outgoing.release();
		assertThat(owner.toByteArray()).containsExactly(7);
		owner.close();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void forgedHandlesAreRefused() throws Exception {
		try (TransferableBuffer buffer = TransferableBuffer.allocate(10);
				SharedMemory memory = SharedMemory.allocate(10)) {
			OutgoingMemory outgoing = OutgoingMemory.of(List.of(buffer));
			MemoryHandle real = (MemoryHandle) outgoing.substitute(buffer);
			MemoryHandle shared = (MemoryHandle) outgoing.substitute(memory);
			List<MemoryHandle> forged = List.of(
					new MemoryHandle(real.kind(), real.id(), real.pid(), 0, null, real.size(), real.grant()),
					new MemoryHandle(real.kind(), real.id(), real.pid(), 100_000, null, real.size(), real.grant()),
					new MemoryHandle(real.kind(), UUID.randomUUID(), real.pid(), real.descriptor(), null, real.size(),
							1),
					new MemoryHandle(real.kind(), real.id(), real.pid(), real.descriptor(), null, 1 << 20, 1),
					new MemoryHandle(real.kind(), real.id(), real.pid(), real.descriptor(), null, -1, 1),
					new MemoryHandle(real.kind(), real.id(), real.pid(), real.descriptor(), null, real.size(), 0),
					new MemoryHandle(real.kind(), real.id(), real.pid(), real.descriptor(), null, real.size(),
							real.grant() + 2),
					new MemoryHandle(MemoryHandle.Kind.BUFFER, shared.id(), shared.pid(), shared.descriptor(), null,
							shared.size(), 1),
					new MemoryHandle(real.kind(), real.id(), real.pid(), -1, "/dev/zero", real.size(), real.grant()));
			for (MemoryHandle handle : forged) {
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> handle.attach((pid) -> true));
			}
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> real.attach((pid) -> pid != real.pid()))
				.withMessageContaining("process " + real.pid());
			assertThat(outgoing.handBack()).isTrue();
			assertThat(buffer.size()).isEqualTo(10);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bufferDiesWithItsOwner() throws Exception {
		List<String> before = OpenFiles.mapped();
		ChildJvm child = child();
		TransferableBuffer buffer = TransferableBuffer.allocate(1 << 20);
		child.call("hold", buffer);
		child.kill();
		assertThat(buffer.isDetached()).isTrue();
		if (Mapping.isRevocable()) {
			assertThat(OpenFiles.mapped())
				.noneMatch((line) -> line.contains("rw-s 00001000") && !before.contains(line));
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void receiverKilledAtAnyMomentLeavesOneOwnerOrNone() throws Exception {
		int back = 0;
		for (int i = 0; i < 12; i++) {
			ChildJvm child = child();
			TransferableBuffer buffer = TransferableBuffer.copyOf(new byte[] { 7, 8, 9 });
			assertThat(child.call("hello")).isEqualTo(child.process().pid());
			OutgoingMemory outgoing = child.send("hold", buffer);
			LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1 + i * 200_000L));
			child.kill();
			boolean taken = outgoing.isTaken();
			assertThat(outgoing.handBack()).isEqualTo(!taken);
			assertThat(buffer.isDetached()).isEqualTo(taken);
			if (!taken) {
				back++;
				assertThat(buffer.toByteArray()).containsExactly(7, 8, 9);
			}
			outgoing.release();
			buffer.close();
			assertThat(OpenFiles.open()).hasSize(this.openBefore.size());
		}
		assertThat(back).isBetween(0, 12);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void senderKilledAtAnyMomentLeavesOneOwnerOrNone() throws Exception {
		for (int i = 0; i < 12; i++) {
			ChildJvm child = child();
			child.call("hold", TransferableBuffer.copyOf(new byte[] { 7, 8, 9 }));
			child.send("give");
			CompletableFuture<Void> killer = CompletableFuture.runAsync(() -> {
				LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(3_000_000));
				child.process().destroyForcibly();
			}, (action) -> new Thread(action, "killer").start());
			try {
				TransferableBuffer buffer = (TransferableBuffer) child.receive();
				killer.get(30, TimeUnit.SECONDS);
				child.kill();
				assertThat(buffer.toByteArray()).containsExactly(7, 8, 9);
				buffer.close();
			}
			catch (IOException ex) {
				// gone with its owner
				killer.get(30, TimeUnit.SECONDS);
				child.kill();
			}
			assertThat(OpenFiles.open()).hasSize(this.openBefore.size());
			OpenFiles.awaitNoneLeft();
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void failingWriteIsATypedError() throws Exception {
		// no file of the child may have more than 1 MB, which stands for a full file
		// system
		ChildJvm child = ChildJvm.start("bash", "-c", "ulimit -f 1024; exec \"$@\"", "bash");
		this.children.add(child);
		assertThat((String) child.call("allocate", 8 << 20)).startsWith("MemoryAllocationException")
			.contains("failed with");
		assertThat((String) child.call("share", 8 << 20)).startsWith("MemoryAllocationException");
		assertThat((List<?>) child.call("files")).isEmpty();
		TransferableBuffer small = (TransferableBuffer) child.call("allocate", 1000);
		small.close();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bufferIsUsableWhereNoMoreFilesCanBeOpened() throws Exception {
		ChildJvm child = ChildJvm.start("bash", "-c", "ulimit -n 256; exec \"$@\"", "bash");
		this.children.add(child);
		// loads the classes, which are files too
		((TransferableBuffer) child.call("fill", TransferableBuffer.allocate(10), 1)).close();
		assertThat(child.call("crowded", TransferableBuffer.copyOf(new byte[] { 42 }))).isEqualTo(42);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void fullFileSystemsAreATypedErrorAndNoneWhenThereIsRoomAgain(@TempDir Path directory) throws Exception {
		// small ones of the child's own
		String mount = "mount -t tmpfs -o size=1m none /dev/shm && mount -t tmpfs -o size=1m none '" + directory + "'";
		String[] isolated = { "unshare", "--user", "--map-root-user", "--mount", "sh", "-c" };
		Assumptions.assumeTrue(succeeds(isolated, mount), "file systems can't be mounted here");
		ChildJvm child = ChildJvm.start(concat(isolated,
				mount + " && export JAVA_TOOL_OPTIONS='-Djava.io.tmpdir=" + directory + "' && exec \"$@\"", "sh"));
		this.children.add(child);
		int most = 700_000;
		TransferableBuffer first = (TransferableBuffer) child.call("allocate", most);
		TransferableBuffer second = (TransferableBuffer) child.call("allocate", most);
		for (String kind : List.of("allocate", "share")) {
			assertThat((String) child.call(kind, most)).startsWith("MemoryAllocationException")
				.contains("'/dev/shm' has ", "'" + directory + "' has ", "Make room there", "java.io.tmpdir");
		}
		// that tells how much is free; this has to find out
		assertThat((String) child.call("stream", most)).startsWith("MemoryAllocationException")
			.contains("'/dev/shm' failed with 'java.io.IOException: No space left on device'",
					"'" + directory + "' failed with ", "Make room there");
		first.close();
		second.close();
		until(() -> {
			if (!Mapping.isRevocable()) {
				System.gc();
				child.call("gc");
			}
			return child.call("allocate", most) instanceof TransferableBuffer third && closes(third);
		});
	}

	private static boolean closes(TransferableBuffer buffer) {
		buffer.close();
		return true;
	}

	private static boolean succeeds(String[] prefix, String command) throws Exception {
		try {
			return new ProcessBuilder(concat(prefix, command)).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static String[] concat(String[] first, String... more) {
		return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
	}

	@Test
	void sizeThatNoMachineHasIsATypedErrorInNoTime() {
		MemoryDirectories directories = new MemoryDirectories(MemoryDirectories.ofSystem().all(),
				(directory) -> 1L << 30);
		assertThatExceptionOfType(MemoryAllocationException.class)
			.isThrownBy(() -> SharedMemory.allocate(Integer.MAX_VALUE, directories))
			.withMessageContaining("2.0 GB");
	}

	private ChildJvm child() throws IOException {
		ChildJvm child = ChildJvm.start();
		this.children.add(child);
		return child;
	}

	private List<ChildJvm> children(int count) throws IOException {
		List<ChildJvm> started = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			started.add(child());
		}
		return started;
	}

	/** How many threads of all JVMs wait at cells of the memory. */
	private static int waiting(SharedMemory memory) {
		return memory.waiting();
	}

	private static void until(Condition condition) {
		Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5)).until(() -> {
			try {
				return condition.holds();
			}
			catch (EOFException ex) {
				throw new UncheckedIOException(ex);
			}
		});
	}

	@FunctionalInterface
	private interface Condition {

		boolean holds() throws Exception;

	}

}
