package io.github.workerpool.offload;

import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.workerpool.WorkerPools;

import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;

/**
 * Advises beans that have {@link Offload @Offload} methods.
 *
 * @since 0.1.0
 */
@SuppressWarnings("serial")
public final class OffloadBeanPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor {

	private final transient Supplier<? extends WorkerPools> pools;

	private transient Supplier<Stream<OffloadExceptionHandler>> exceptionHandlers = Stream::empty;

	private transient Supplier<? extends CallerContext> callerContext = () -> CallerContext.NONE;

	/**
	 * Makes a post-processor.
	 * @param pools gives the pools; asked when all singletons are there, or at the first
	 * offloaded call if that comes earlier
	 */
	public OffloadBeanPostProcessor(Supplier<? extends WorkerPools> pools) {
		this.pools = Objects.requireNonNull(pools, "'pools' must not be null");
	}

	/**
	 * Has handlers told of failures that no caller sees.
	 * @param exceptionHandlers gives the handlers in their order; asked at each failure.
	 * None by default
	 */
	public void setExceptionHandlers(Supplier<Stream<OffloadExceptionHandler>> exceptionHandlers) {
		this.exceptionHandlers = Objects.requireNonNull(exceptionHandlers, "'exceptionHandlers' must not be null");
	}

	/**
	 * Has the caller's context carried to fallbacks and exception handlers.
	 * @param callerContext gives the context; asked once, at the first call that needs
	 * it. None by default
	 */
	public void setCallerContext(Supplier<? extends CallerContext> callerContext) {
		this.callerContext = Objects.requireNonNull(callerContext, "'callerContext' must not be null");
	}

}
