package io.github.workerpool.process.child;

import java.util.List;

/**
 * Main class of the child that makes an archive of classes: does what children do when
 * they start and run their first tasks, so that the JVM takes note of the classes it
 * needs for that, and ends. Nothing of an application runs here.
 */
public final class ArchiveTraining {

	private ArchiveTraining() {
	}

	/**
	 * Runs rehearsals, and then is a child like any other, until its parent has seen
	 * enough. That comes last, as a child ends its JVM itself.
	 * @param arguments where the parent waits, the token to say there, and names of
	 * {@link Runnable} classes with a public no-arg constructor
	 * @throws Exception if a rehearsal fails, or the parent can't be reached
	 */
	public static void main(String[] arguments) throws Exception {
		for (String name : List.of(arguments).subList(2, arguments.length)) {
			Runnable rehearsal = Class.forName(name).asSubclass(Runnable.class).getDeclaredConstructor().newInstance();
			rehearsal.run();
		}
		ChildMain.main(arguments);
	}

}
