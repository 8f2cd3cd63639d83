package io.github.workerpool.process.child;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.PayloadCodec;
import io.github.workerpool.process.ChannelClosedException;
import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.Doorbell;
import io.github.workerpool.process.Extension;
import io.github.workerpool.process.FrameInput;
import io.github.workerpool.process.FrameSink;
import io.github.workerpool.process.FrameSource;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.Hello;
import io.github.workerpool.process.PayloadFilter;
import io.github.workerpool.process.SharedRegion;
import io.github.workerpool.process.SharedRing;
import io.github.workerpool.process.SocketFrames;
import io.github.workerpool.process.ValueCodec;
import org.jspecify.annotations.Nullable;

/**
 * Main class of a worker that is a child JVM.
 * <p>
 * Two threads matter. This one, the main thread, owns the control socket: it shows that
 * the child lives, hears of cancellations and of the parent's end, and never runs a
 * user's code. The other one runs the tasks; see {@link TaskLoop}.
 *
 * @since 0.1.0
 */
public final class ChildMain {

	private static final long CONFIGURATION_NANOS = 30_000_000_000L;

	private static final int CONFIGURATION_BYTES = 1 << 26;

	private ChildMain() {
	}

	/**
	 * Connects to the parent and works for it until one of them ends.
	 * @param arguments where the parent waits, and the token to say there
	 * @throws Exception if the parent can't be reached
	 */
	public static void main(String[] arguments) throws Exception {
		Preparation.start();
		run(arguments, TaskLoop::new);
	}

	static void run(String[] arguments, Maker maker) throws Exception {
		ParentWatch watch = ParentWatch.start();
		try {
			serve(arguments[0], arguments[1], maker);
		}
		catch (ChannelClosedException ex) {
			watch.channelEnded();
			waitForTheEnd();
		}
	}

	private static void serve(String address, String token, Maker maker) throws IOException {
		try (SocketFrames control = new SocketFrames(Hello.CONTROL.connect(address, token), () -> {
		})) {
			ChildConfiguration configuration = configuration(control);
			ChildWork work = connect(configuration, control, address, token, maker);
			LastResort.install(work);
			work.start();
			new ControlLoop(configuration, control, work).run();
		}
	}

	private static void waitForTheEnd() throws InterruptedException {
		while (true) {
			Thread.sleep(Long.MAX_VALUE);
		}
	}

	private static ChildConfiguration configuration(SocketFrames control) throws IOException {
		if (!control.next(CONFIGURATION_NANOS) || control.type() != FrameType.CONFIGURE) {
			throw new IOException("The parent doesn't say what this child shall do");
		}
		FrameInput in = new FrameInput(control);
		in.begin(CONFIGURATION_BYTES);
		ChildConfiguration configuration = ChildConfiguration.read(in);
		in.skipRest();
		return configuration;
	}

	private static ChildWork connect(ChildConfiguration configuration, SocketFrames control, String address,
			String token, Maker maker) throws IOException {
		SharedRegion region = open(configuration);
		SharedRing.Peer peer = () -> {
			// If the parent is gone, so is this JVM
		};
		FrameSource source;
		FrameSink sink;
		if (region != null) {
			Doorbell bell = new Doorbell(Hello.BELL.connect(address, token));
			source = SharedRing.requestSource(region, bell, configuration.processors());
			sink = SharedRing.replySink(region, bell, peer);
		}
		else {
			SocketFrames stream = new SocketFrames(Hello.STREAM.connect(address, token), peer);
			source = stream;
			sink = stream;
		}
		return maker.make(configuration, source, sink, region, control);
	}

	private static @Nullable SharedRegion open(ChildConfiguration configuration) {
		if (configuration.region() == null) {
			return null;
		}
		try {
			return SharedRegion.open(Path.of(configuration.region()), configuration.ringBytes());
		}
		catch (IOException ex) {
			// The parent says so where somebody reads it
			return null;
		}
	}

	static ValueCodec codec(ChildConfiguration configuration, ClassLoader loader, Surroundings surroundings)
			throws Exception {
		String pattern = configuration.filter();
		ObjectInputFilter custom = (pattern != null) ? ObjectInputFilter.Config.createFilter(pattern) : null;
		long cap = configuration.maxPayloadSize();
		List<PayloadCodec> codecs = new ArrayList<>();
		for (Extension extension : configuration.codecs()) {
			codecs.add(surroundings.extension(extension, PayloadCodec.class, loader));
		}
		return new ValueCodec(loader, codecs, cap, () -> PayloadFilter.forRequests(custom, cap));
	}

	/**
	 * Makes what a child works with.
	 */
	@FunctionalInterface
	interface Maker {

		ChildWork make(ChildConfiguration configuration, FrameSource source, FrameSink sink,
				@Nullable SharedRegion region, SocketFrames control) throws IOException;

	}

}
