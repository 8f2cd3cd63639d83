package io.github.workerpool.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a child is told before it begins.
 *
 * @param pool name of the pool
 * @param worker id of the worker
 * @param spare whether it is kept aside for now: nobody waits for it
 * @param heartbeatMillis how often it shows that it lives
 * @param processors of the machine, as the parent sees them; the child may be told of one
 * @param maxPayloadSize most bytes of one payload
 * @param sampled whether it shows what each run uses
 * @param stackSize stack of its task thread in bytes, 0 for the JVM's default
 * @param region where the shared memory is, if there is any
 * @param ringBytes bytes of each ring in it
 * @param filter filter of what it takes, if there is one
 * @param initializers what to run first, see {@link Extension}
 * @param codecs further codecs, likewise
 * @param application what its context is made of, {@code null} if it needs none
 * @since 0.1.0
 */
public record ChildConfiguration(String pool, String worker, boolean spare, long heartbeatMillis, int processors,
		long maxPayloadSize, boolean sampled, long stackSize, @Nullable String region, int ringBytes,
		@Nullable String filter, List<Extension> initializers, List<Extension> codecs,
		@Nullable ChildApplication application) {

	/** Most bytes that the whole may take. */
	private static final int CAP = 1 << 26;

	/**
	 * Makes a configuration.
	 */
	public ChildConfiguration {
		initializers = List.copyOf(initializers);
		codecs = List.copyOf(codecs);
	}

	Bytes toBytes() throws IOException {
		HeapOutput out = new HeapOutput(CAP);
		out.writeText(this.pool);
		out.writeText(this.worker);
		out.write(this.spare ? 1 : 0);
		out.writeLong(this.heartbeatMillis);
		out.writeInt(this.processors);
		out.writeLong(this.maxPayloadSize);
		out.write(this.sampled ? 1 : 0);
		out.writeLong(this.stackSize);
		out.writeText((this.region != null) ? this.region : "");
		out.writeInt(this.ringBytes);
		out.writeText((this.filter != null) ? this.filter : "");
		write(this.initializers, out);
		write(this.codecs, out);
		out.write((this.application != null) ? 1 : 0);
		if (this.application != null) {
			this.application.write(out);
		}
		return out.toBytes();
	}

	private static void write(List<Extension> extensions, HeapOutput out) throws IOException {
		out.writeCount(extensions.size());
		for (Extension extension : extensions) {
			extension.write(out);
		}
	}

	/**
	 * Reads a configuration.
	 * @param in where from
	 * @return the configuration
	 * @throws IOException if what came is none
	 */
	public static ChildConfiguration read(PayloadInput in) throws IOException {
		String pool = text(in);
		String worker = text(in);
		boolean spare = in.readByte() != 0;
		long heartbeatMillis = in.readLong();
		int processors = in.readInt();
		long maxPayloadSize = in.readLong();
		boolean sampled = in.readByte() != 0;
		long stackSize = in.readLong();
		String region = text(in);
		int ringBytes = in.readInt();
		String filter = text(in);
		return new ChildConfiguration(pool, worker, spare, heartbeatMillis, processors, maxPayloadSize, sampled,
				stackSize, region.isEmpty() ? null : region, ringBytes, filter.isEmpty() ? null : filter,
				extensions(in), extensions(in), (in.readByte() != 0) ? ChildApplication.read(in) : null);
	}

	private static List<Extension> extensions(PayloadInput in) throws IOException {
		int count = in.readCount();
		List<Extension> extensions = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			extensions.add(Extension.read(in));
		}
		return extensions;
	}

	private static String text(PayloadInput in) throws IOException {
		return in.readText(in.readCount(), CAP);
	}

}
