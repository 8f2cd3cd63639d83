package io.github.workerpool.process.child;

import io.github.workerpool.process.ChildApplication;
import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.Extension;
import io.github.workerpool.process.TaskDecoder;
import org.reactivestreams.Publisher;

/**
 * What tasks find in a child: targets of method calls, and objects that extend the pool.
 * The seam behind which Spring is, if there is any.
 */
interface Surroundings extends TaskDecoder.Targets, AutoCloseable {

	/**
	 * Makes the surroundings that a configuration asks for.
	 * @throws Exception if they can't be made
	 */
	static Surroundings of(ChildConfiguration configuration, ClassLoader loader) throws Exception {
		ChildApplication application = configuration.application();
		// the one class that knows Spring is not even loaded where there is no need
		return (application != null) ? ChildContext.start(configuration.pool(), application, loader)
				: new PlainTargets();
	}

	/**
	 * Finds or makes an object that extends the pool.
	 */
	<T> T extension(Extension extension, Class<T> type, ClassLoader loader) throws Exception;

	/**
	 * Sees a publisher in what a method returned.
	 */
	Publisher<?> publisher(Object returned);

	@Override
	void close();

}
