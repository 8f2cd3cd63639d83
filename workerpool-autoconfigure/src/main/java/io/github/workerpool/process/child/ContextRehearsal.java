package io.github.workerpool.process.child;

import java.util.List;
import java.util.Map;

import io.github.workerpool.process.ChildApplication;

/**
 * Starts a context as children do, with nothing of an application in it, so that the
 * archive of classes also has what every context takes.
 *
 * @since 0.1.0
 */
public final class ContextRehearsal implements Runnable {

	/**
	 * Makes a rehearsal.
	 */
	public ContextRehearsal() {
	}

	@Override
	public void run() {
		String type = Rehearsed.class.getName();
		ChildApplication application = new ChildApplication(List.of(new ChildApplication.Bean("rehearsed", type, "")),
				List.of(), List.of(), Map.of("rehearsed.by", "${rehearsed.name:nobody}", "rehearsed.seconds", "1"),
				List.of("default"), Map.of("rehearsal", "rehearsal"));
		ChildContext context = ChildContext.start("rehearsal", application, ContextRehearsal.class.getClassLoader());
		context.find("rehearsed", Rehearsed.class);
		context.close();
	}

	/**
	 * What is offloaded here.
	 */
	static final class Rehearsed {

	}

}
