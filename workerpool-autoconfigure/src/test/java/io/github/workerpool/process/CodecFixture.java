package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.util.List;

import io.github.workerpool.PayloadCodec;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import org.jspecify.annotations.Nullable;

/**
 * The two sides of a codec in one JVM.
 */
final class CodecFixture {

	static final long CAP = 1 << 20;

	final ReplyTypes types = new ReplyTypes();

	final Definitions definitions = new Definitions();

	final ValueCodec parent;

	final ValueCodec child;

	private final TaskEncoder encoder;

	final TaskDecoder decoder;

	private int defined;

	CodecFixture() {
		this(null, List.of());
	}

	CodecFixture(@Nullable String pattern, List<PayloadCodec> codecs) {
		ObjectInputFilter custom = (pattern != null) ? ObjectInputFilter.Config.createFilter(pattern) : null;
		ClassLoader loader = getClass().getClassLoader();
		this.parent = new ValueCodec(loader, codecs, CAP, () -> PayloadFilter.forReplies(this.types, custom, CAP));
		this.child = new ValueCodec(loader, codecs, CAP, () -> PayloadFilter.forRequests(custom, CAP));
		this.encoder = new TaskEncoder(this.parent, this.types, this.definitions);
		this.decoder = new TaskDecoder(this.child, (name, type) -> type.getDeclaredConstructor().newInstance());
	}

	EncodedTask encode(Task<?> task) {
		return this.encoder.encode(task, TaskOptions.none());
	}

	/** From the child to the parent. */
	@SuppressWarnings("unchecked")
	<T> T reply(T value) throws IOException, ClassNotFoundException {
		HeapOutput out = new HeapOutput(CAP);
		this.child.write(value, out);
		return (T) this.parent.read(new ArrayInput(out.toBytes().toArray()));
	}

	/** From the parent to the child, as a task; gives what the task returns there. */
	Object run(Task<?> task) throws Exception {
		EncodedTask encoded = encode(task);
		while (this.defined < encoded.definitions()) {
			this.decoder.define(this.defined, new ArrayInput(this.definitions.get(this.defined).toArray()));
			this.defined++;
		}
		return this.decoder.read(new ArrayInput(encoded.bytes().toArray())).call();
	}

}
