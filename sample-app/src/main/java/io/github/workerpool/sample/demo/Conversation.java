package io.github.workerpool.sample.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

import io.github.workerpool.Isolation;
import io.github.workerpool.message.MessageChannel;
import io.github.workerpool.message.MessagePort;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;

/**
 * Two child JVMs that play a game: one thinks of a number, the other guesses it. Each has
 * been given one end of a channel and knows nothing else of the other.
 */
final class Conversation {

	static final int LARGEST = 100;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final long CHILD_HEAP = 32 << 20;

	private static final String MORE = "more";

	private static final String LESS = "less";

	private static final String RIGHT = "right";

	private Conversation() {
	}

	/**
	 * Has them play.
	 * @return what was said, in order, each line beginning with who said it
	 */
	static List<String> hold() throws InterruptedException {
		MessageChannel channel = MessageChannel.create();
		try (Crew crew = new Crew(PATIENCE)) {
			crew.start(Thinker.class, options("ada", channel.port1()));
			crew.start(Guesser.class, options("bob", channel.port2()));
			return ((List<?>) crew.hear()).stream().map(String::valueOf).toList();
		}
	}

	private static WorkerOptions options(String name, MessagePort port) {
		return WorkerOptions.defaults()
			.withName(name)
			.withIsolation(Isolation.PROCESS)
			.withResourceLimits((limits) -> limits.maxHeapSize(CHILD_HEAP))
			.withWorkerData(port)
			.withTransfer(port);
	}

	private static String greeting(WorkerScope scope) {
		return "I am " + scope.name() + ", process " + ProcessHandle.current().pid();
	}

	/**
	 * Thinks of a number and answers guesses until one is right.
	 */
	static final class Thinker implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = (MessagePort) Objects.requireNonNull(scope.workerData());
			int number = ThreadLocalRandom.current().nextInt(1, LARGEST + 1);
			port.onMessage((guess) -> port.postMessage(answer((Integer) guess, number)));
			port.postMessage(greeting(scope) + ", and think of a number from 1 to " + LARGEST);
		}

		static String answer(int guess, int number) {
			if (guess == number) {
				return RIGHT;
			}
			return (guess < number) ? MORE : LESS;
		}

	}

	/**
	 * Guesses, keeps the minutes, and posts them to the parent.
	 */
	static final class Guesser implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			List<String> lines = new ArrayList<>();
			try (MessagePort port = (MessagePort) Objects.requireNonNull(scope.workerData())) {
				lines.add("ada: " + hear(port));
				lines.add("bob: " + greeting(scope));
				int least = 1;
				int most = LARGEST;
				String answer = "";
				while (!answer.equals(RIGHT)) {
					int guess = (least + most) >>> 1;
					port.postMessage(guess);
					lines.add("bob: " + guess + "?");
					answer = hear(port);
					lines.add("ada: " + answer);
					least = answer.equals(MORE) ? guess + 1 : least;
					most = answer.equals(LESS) ? guess - 1 : most;
				}
			}
			scope.parentPort().postMessage(lines);
		}

		private static String hear(MessagePort port) {
			Object said = port.receive(PATIENCE);
			if (said == null) {
				throw new IllegalStateException("The other one has nothing to say, or is gone");
			}
			return (String) said;
		}

	}

}
