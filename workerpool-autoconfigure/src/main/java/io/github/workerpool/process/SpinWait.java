package io.github.workerpool.process;

/**
 * Decides whether a thread that waits for the other side should look again and again for
 * a moment before it sleeps. Waking a sleeper takes some ten microseconds on both sides
 * together; so looking pays if what is waited for usually comes within a few of those,
 * and if there is a processor that it can come from.
 * <p>
 * A moving average of the waits decides. Waits that were slept through can't show how
 * short they might have been, the wake-up being in them, so every sixteenth is spun
 * through on trial, and one success is believed at once. A thread that is left alone
 * spins through the first few of its waits, {@value #SPIN_NANOS} ns each, and sleeps from
 * then on.
 * <p>
 * From early on the thread offers its processor to others between two looks: with more
 * threads than processors, whoever is being waited for may be among them. But one that
 * yields on a busy machine gets its processor back only after everybody else had a turn,
 * while one that is woken from its sleep gets it at once. So a yield that took as long as
 * somebody's turn is taken as a sign that the machine is busy with other things, and
 * sleeping is better for a while.
 */
final class SpinWait {

	/** How long to look before sleeping. */
	static final long SPIN_NANOS = 50_000;

	private static final long LONG_NANOS = 4 * SPIN_NANOS;

	private static final int TRIAL_EVERY = 16;

	/**
	 * Looks at full speed: about as long as a round trip to a child that is looking too.
	 */
	private static final int LOOKS_WITHOUT_YIELD = 128;

	private static final int LOOKS_PER_YIELD = 16;

	/** Somebody's whole turn on the processor. */
	private static final long TURN_NANOS = 500_000;

	private static final int WAITS_SAT_OUT = 256;

	private final boolean possible;

	private long average;

	private int slept;

	private int sitOut;

	private long started;

	private long now;

	private int looks;

	SpinWait(int processors) {
		this.possible = processors > 1;
	}

	/**
	 * A wait begins.
	 * @return whether to look for a while
	 */
	boolean begin() {
		this.started = System.nanoTime();
		this.now = this.started;
		this.looks = 0;
		if (!this.possible) {
			return false;
		}
		if (this.sitOut > 0) {
			this.sitOut--;
			return false;
		}
		return this.average <= SPIN_NANOS || ++this.slept % TRIAL_EVERY == 0;
	}

	/**
	 * Nothing came yet.
	 * @return whether to look again
	 */
	boolean again() {
		this.looks++;
		if (this.looks < LOOKS_WITHOUT_YIELD || this.looks % LOOKS_PER_YIELD != 0) {
			Thread.onSpinWait();
			return true;
		}
		Thread.yield();
		long before = this.now;
		this.now = System.nanoTime();
		if (this.now - before > TURN_NANOS) {
			this.sitOut = WAITS_SAT_OUT;
			return false;
		}
		return this.now - this.started < SPIN_NANOS;
	}

	/** What was waited for came while looking. */
	void came() {
		this.average = System.nanoTime() - this.started;
	}

	/** What was waited for had to be slept for. */
	void slept() {
		long waited = Math.min(System.nanoTime() - this.started, LONG_NANOS);
		this.average += (waited - this.average) >> 2;
	}

}
