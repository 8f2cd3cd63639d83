package io.github.workerpool.process.child;

/**
 * Main class of the child that makes an archive of classes: does what children do when
 * they start, so that the JVM takes note of the classes it needs for that, and ends.
 * Nothing of an application runs here.
 */
public final class ArchiveTraining {

	private ArchiveTraining() {
	}

	/**
	 * Runs rehearsals.
	 * @param rehearsals names of {@link Runnable} classes with a public no-arg
	 * constructor
	 * @throws Exception if one fails
	 */
	public static void main(String[] rehearsals) throws Exception {
		ParentWatch.start();
		TerminalSignals.ignore();
		for (String name : rehearsals) {
			Runnable rehearsal = Class.forName(name).asSubclass(Runnable.class).getDeclaredConstructor().newInstance();
			rehearsal.run();
		}
		System.exit(0);
	}

}
