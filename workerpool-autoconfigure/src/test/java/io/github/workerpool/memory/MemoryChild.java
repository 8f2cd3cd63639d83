package io.github.workerpool.memory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerPoolException;

/**
 * A child JVM that does to memory what it is told. A command is a list, its name first;
 * so is the answer.
 */
final class MemoryChild {

	private final DataInputStream in;

	private final DataOutputStream out;

	private final Deque<OutgoingMemory> sent = new ArrayDeque<>();

	private final List<Object> held = new ArrayList<>();

	private MemoryChild(InputStream in, OutputStream out) {
		this.in = new DataInputStream(in);
		this.out = new DataOutputStream(out);
	}

	public static void main(String[] args) throws Exception {
		new MemoryChild(System.in, System.out).run();
	}

	private void run() throws Exception {
		try {
			while (true) {
				List<?> command = (List<?>) receive(this.in);
				Object answer;
				try {
					answer = answer(command);
				}
				catch (IllegalStateException | WorkerPoolException ex) {
					answer = ex.getClass().getSimpleName() + ": " + ex.getMessage();
				}
				this.sent.removeIf((outgoing) -> {
					if (outgoing.isTaken()) {
						outgoing.release();
						return true;
					}
					return false;
				});
				this.sent.add(send(this.out, answer));
			}
		}
		catch (EOFException ex) {
			// the parent is done
		}
	}

	private Object answer(List<?> command) throws Exception {
		switch ((String) command.get(0)) {
			case "hello":
				return ProcessHandle.current().pid();
			case "echo":
				return command.get(1);
			case "increment":
				return increment((SharedMemory) command.get(1), (int) command.get(2));
			case "await": {
				SharedIntArray ints = (SharedIntArray) command.get(1);
				return ints.await((int) command.get(2), (int) command.get(3), Duration.ofMillis((int) command.get(4)));
			}
			case "signal":
				return ((SharedIntArray) command.get(1)).signal((int) command.get(2), (int) command.get(3));
			case "get":
				return ((SharedIntArray) command.get(1)).get((int) command.get(2));
			case "set":
				((SharedIntArray) command.get(1)).set((int) command.get(2), (int) command.get(3));
				return "set";
			case "acquire":
				return acquire((SharedIntArray) command.get(1), (int) command.get(2));
			case "answer":
				return answerPings((SharedIntArray) command.get(1), (int) command.get(2));
			case "close":
				((SharedMemory) command.get(1)).close();
				return "closed";
			case "fill": {
				TransferableBuffer buffer = (TransferableBuffer) command.get(1);
				ByteBuffer view = buffer.asBuffer();
				while (view.hasRemaining()) {
					view.put((byte) (int) command.get(2));
				}
				return buffer;
			}
			case "first":
				return (int) ((TransferableBuffer) command.get(1)).asBuffer().get(0);
			case "crowded":
				return firstWithNoMoreFiles((TransferableBuffer) command.get(1));
			case "hold":
				this.held.add(command.get(1));
				return "held";
			case "use":
				return ((SharedIntArray) this.held.get(0)).get(0);
			case "give":
				return this.held.remove(0);
			case "allocate":
				return TransferableBuffer.allocate((int) command.get(1));
			case "stream":
				return TransferableBuffer.copyOf(new ByteArrayInputStream(new byte[(int) command.get(1)]));
			case "share":
				return SharedMemory.allocate((int) command.get(1));
			case "gc":
				System.gc();
				return "collected";
			case "files":
				return new ArrayList<>(OpenFiles.open());
			default:
				throw new IllegalArgumentException(command.toString());
		}
	}

	/** Reads a byte when this JVM has as many files open as it may. */
	private static Object firstWithNoMoreFiles(TransferableBuffer buffer) throws IOException {
		List<InputStream> files = new ArrayList<>();
		try {
			while (true) {
				files.add(new FileInputStream("/dev/null"));
			}
		}
		catch (FileNotFoundException ex) {
			return (int) buffer.asBuffer().get(0);
		}
		finally {
			for (InputStream file : files) {
				file.close();
			}
		}
	}

	private static Object increment(SharedMemory memory, int count) {
		SharedIntArray ints = memory.ints();
		SharedLongArray longs = memory.longs();
		for (int i = 0; i < count; i++) {
			ints.getAndAdd(0, 1);
			long before;
			do {
				before = longs.get(1);
			}
			while (!longs.compareAndSet(1, before, before + 1));
		}
		return "done";
	}

	/** Takes permits from cell 0 and counts them in cell 1. */
	private static Object acquire(SharedIntArray ints, int count) throws InterruptedException {
		for (int i = 0; i < count; i++) {
			int permits = ints.get(0);
			while (permits == 0 || !ints.compareAndSet(0, permits, permits - 1)) {
				if (permits == 0) {
					ints.await(0, 0, Duration.ofSeconds(60));
				}
				permits = ints.get(0);
			}
			ints.getAndAdd(1, 1);
		}
		return "done";
	}

	/** Waits at cell 0 for each next number and repeats it in cell 1. */
	private static Object answerPings(SharedIntArray ints, int count) throws InterruptedException {
		for (int i = 1; i <= count; i++) {
			while (ints.get(0) < i) {
				ints.await(0, i - 1, Duration.ofSeconds(60));
			}
			ints.set(1, i);
			ints.signal(1, 1);
		}
		return "done";
	}

	static OutgoingMemory send(DataOutputStream out, Object message) throws IOException {
		OutgoingMemory outgoing = OutgoingMemory.ofAll();
		send(out, message, outgoing);
		return outgoing;
	}

	static void send(DataOutputStream out, Object message, OutgoingMemory outgoing) throws IOException {
		byte[] bytes = encode(message, outgoing);
		outgoing.commit();
		out.writeInt(bytes.length);
		out.write(bytes);
		out.flush();
	}

	static byte[] encode(Object message, OutgoingMemory outgoing) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (StructuredOutputStream stream = new StructuredOutputStream(bytes, false) {
			@Override
			protected Object substitute(Object value) {
				return outgoing.substitute(value);
			}
		}) {
			stream.writeGraph(Part.MESSAGE, "message", message);
		}
		return bytes.toByteArray();
	}

	static Object receive(DataInputStream in) throws IOException, ClassNotFoundException {
		return decode(in.readNBytes(in.readInt()));
	}

	static Object decode(byte[] bytes) throws IOException, ClassNotFoundException {
		try (ObjectInputStream stream = new ObjectInputStream(new ByteArrayInputStream(bytes)) {
			{
				enableResolveObject(true);
			}

			@Override
			protected Object resolveObject(Object value) throws IOException {
				return (value instanceof MemoryHandle handle) ? handle.attach((pid) -> true) : value;
			}
		}) {
			return stream.readObject();
		}
	}

}
