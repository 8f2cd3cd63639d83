package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.github.workerpool.Task;
import io.github.workerpool.WorkerInitializer;

/**
 * Has a hazard happen in a child at a certain moment.
 */
final class HazardousTask implements Task<Object> {

	/**
	 * When it happens, seen from the worker.
	 */
	enum Moment {

		/** The worker initialises itself. */
		STARTING,

		/** It has nothing to do; another thread of it does it. */
		IDLE,

		/** It reads its task. */
		READING,

		/** It is in the middle of the task. */
		RUNNING,

		/** It has written half of its reply. */
		REPLYING,

		/** It is in the middle of a task, and the pool closes. */
		CLOSING,

		/** It was asked to leave, and does its last things. */
		STOPPING

	}

	private final Hazard hazard;

	private final Moment moment;

	/** Says that the task runs, or that it happens now. */
	private final Flag now;

	/** What it waits for. */
	private final Flag go;

	HazardousTask(Hazard hazard, Moment moment, Flag now, Flag go) {
		this.hazard = hazard;
		this.moment = moment;
		this.now = now;
		this.go = go;
	}

	private void readObject(ObjectInputStream in) throws Exception {
		in.defaultReadObject();
		if (this.moment == Moment.READING) {
			this.hazard.happen();
		}
	}

	@Override
	public Object call() throws Exception {
		long pid = ProcessHandle.current().pid();
		return switch (this.moment) {
			case IDLE -> {
				Thread thread = new Thread(this::happenWhenTold);
				thread.setDaemon(true);
				thread.start();
				yield pid;
			}
			case STOPPING -> {
				Runtime.getRuntime().addShutdownHook(new Thread(this::happen));
				yield pid;
			}
			case RUNNING -> this.hazard.happen();
			case CLOSING -> {
				this.now.raise();
				this.go.awaitThere();
				yield this.hazard.happen();
			}
			case REPLYING -> new Reply(this.hazard);
			default -> "fine";
		};
	}

	private void happenWhenTold() {
		this.go.awaitThere();
		happen();
	}

	private void happen() {
		this.now.raise();
		try {
			this.hazard.happen();
		}
		catch (Exception ex) {
			throw Hazard.<RuntimeException>sneak(ex);
		}
	}

	/**
	 * Can't be written without accidents.
	 */
	private static final class Reply implements Serializable {

		private final transient Hazard hazard;

		Reply(Hazard hazard) {
			this.hazard = hazard;
		}

		private void writeObject(ObjectOutputStream out) throws IOException {
			out.write(new byte[1 << 20]);
			out.flush();
			try {
				this.hazard.happen();
			}
			catch (Exception ex) {
				throw Hazard.<RuntimeException>sneak(ex);
			}
		}

		/** What is read was written after a hazard without effect. */
		private Object readResolve() {
			return "fine";
		}

	}

	/**
	 * Has a hazard happen in the next worker that starts, once, or as long as it is told
	 * to.
	 *
	 * @param flag names the hazard while it is up
	 * @param again whether it happens until the flag is taken down
	 */
	record AtStart(Flag flag, boolean again) implements WorkerInitializer, Serializable {

		void prepare(Hazard hazard) throws IOException {
			Path file = Path.of(this.flag.file());
			Files.writeString(file.resolveSibling("hazard"), hazard.name());
			Files.move(file.resolveSibling("hazard"), file);
		}

		@Override
		public void initialize(String poolName, String workerId) throws Exception {
			String name = named();
			if (name != null && (this.again || this.flag.lower())) {
				Hazard.valueOf(name).happen();
			}
		}

		private String named() {
			try {
				Path file = Path.of(this.flag.file());
				return Files.exists(file) ? Files.readString(file) : null;
			}
			catch (IOException ex) {
				// Another worker was faster
				if (this.again) {
					throw new UncheckedIOException(ex);
				}
				return null;
			}
		}

	}

}
