package io.github.workerpool.offload;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Runs a method of a bean on the workers of a pool.
 * <p>
 * On a type it stands for all public instance methods that the type itself declares,
 * never for those of {@link Object}; on a method it overrides what the type says. It is
 * found on interfaces and overridden methods as well, and may be used as a
 * meta-annotation. Only calls that come through the bean's proxy are offloaded; a call on
 * {@code this} is not.
 * <p>
 * What the caller sees depends on the return type:
 * <ul>
 * <li>{@code void}: the call returns at once. A failure is logged and given to
 * {@link OffloadExceptionHandler} beans.</li>
 * <li>{@link Future}, {@link CompletableFuture}, {@link CompletionStage},
 * {@link TaskFuture}: completed by the pool; the worker stays busy until the future that
 * the method returned completes. Cancelling reaches the task. A method that has its value
 * at hand returns {@link CompletableFuture#completedFuture} or
 * {@link TaskFuture#completedFuture}.</li>
 * <li>{@code Mono} and other reactive types with at most one value: subscribing submits,
 * cancelling cancels.</li>
 * <li>{@code Flux} and other reactive types: subscribing submits, items arrive as the
 * worker emits them, and the worker emits as they are requested.</li>
 * <li>anything else: the caller waits. Interrupting it cancels the task and gives a
 * {@link CancellationException}, the interrupt flag set. The method's own exception
 * arrives as itself, checked ones too. Before the pool is started the call fails with
 * {@link RejectedTaskException}.</li>
 * </ul>
 * {@code java.util.stream} types and Kotlin's suspending functions are refused when the
 * application starts, as is everything else here that can't work.
 * <p>
 * A call made on a worker of the same pool runs in place.
 * <p>
 * Seen from the caller, the advice of other annotations on the same method applies in
 * this order: {@code @Async}, {@code @Retryable}, method security, caching,
 * {@code @Offload}, {@code @Transactional}, validation. The last two run on the worker.
 * {@code @Async} and {@code @Offload} on the same method are refused: one hand-over is
 * enough.
 * <p>
 * A {@code TransferableBuffer} among the arguments is transferred: it is the caller's
 * again only as part of the result. Such a method can have neither {@link #maxAttempts}
 * nor a {@link #fallback}. {@code SharedMemory} is shared.
 * <p>
 * In every attribute of type {@code String}, <code>${…}</code> placeholders are resolved.
 *
 * @since 0.1.0
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective(OffloadReflection.class)
public @interface Offload {

	/**
	 * Alias for {@link #pool()}.
	 * @return the name of the pool
	 */
	@AliasFor("pool")
	String value() default "";

	/**
	 * Name of the pool; the default pool if empty.
	 * @return the name of the pool
	 */
	@AliasFor("value")
	String pool() default "";

	/**
	 * Longest run, counted from its start, such as {@code 5s}, {@code 500ms} or
	 * {@code PT1M}; a bare number is in milliseconds. The pool's {@code task.timeout} if
	 * empty.
	 * @return the duration
	 */
	String timeout() default "";

	/**
	 * Longest wait in the queue, written like {@link #timeout()}. The pool's
	 * {@code queue.timeout} if empty.
	 * @return the duration
	 */
	String queueTimeout() default "";

	/**
	 * Priority, from {@value TaskOptions#MIN_PRIORITY} to
	 * {@value TaskOptions#MAX_PRIORITY}; higher runs first.
	 * @return the priority
	 */
	int priority() default 0;

	/**
	 * Expression (SpEL) for the key by which tasks take turns, such as {@code #tenant} or
	 * {@code #order.customer.id}. It can use the parameters by name ({@code #tenant}, if
	 * the class is compiled with {@code -parameters}) or position ({@code #p0}),
	 * {@code #root.args}, {@code #root.method}, {@code #root.target},
	 * {@code #root.targetClass}, and beans ({@code @bean}). A {@code null} is no key. It
	 * is evaluated on the caller's thread.
	 * @return the expression; no key if empty
	 */
	String key() default "";

	/**
	 * Name of a method of the same bean that is called when the call fails in any way but
	 * cancellation. It has the same parameters, optionally followed by one of a
	 * {@link Throwable} type; with several to choose from, the one closest to the failure
	 * is called, and if none fits, the failure stands. It may have any visibility and is
	 * called on the bean itself, past the bean's proxy.
	 * <p>
	 * It runs where the caller is: on the caller's thread if that waits, else with the
	 * caller's context where the result arrives. It returns what the method returns, or
	 * for futures and reactive types just the value.
	 * @return the name of the method; none if empty
	 */
	String fallback() default "";

	/**
	 * Most runs of a task whose <em>worker</em> died; the pool's
	 * {@code task.max-attempts} if 0. A method that returns many items runs once all the
	 * same, as some of them have arrived already.
	 * @return the number of runs
	 */
	int maxAttempts() default 0;

	/**
	 * Name of the task in metrics, logs and at the endpoint; {@code Class.method} if
	 * empty.
	 * @return the name
	 */
	String name() default "";

}
