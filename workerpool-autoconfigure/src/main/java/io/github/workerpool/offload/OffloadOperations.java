package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.github.workerpool.Isolation;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.offload.InvalidOffloadException.Problem;
import io.github.workerpool.offload.OffloadedMethods.Declared;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.ExpressionException;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringValueResolver;

/**
 * The offloaded methods of all beans: finds them, resolves what their annotations say and
 * refuses what can't work. Safe for use by any number of threads.
 */
final class OffloadOperations {

	private static final String SUSPENDING = "kotlin.coroutines.Continuation";

	private final Supplier<? extends WorkerPools> pools;

	private final Map<Class<?>, OffloadedMethods> methods = new ConcurrentHashMap<>(256);

	private final Map<Key, OffloadOperation> operations = new ConcurrentHashMap<>();

	private StringValueResolver values = (value) -> value;

	private @Nullable BeanResolver beans;

	OffloadOperations(Supplier<? extends WorkerPools> pools) {
		this.pools = pools;
	}

	/** Set once, before there is any operation. */
	void setValues(StringValueResolver values) {
		this.values = values;
	}

	/** Set once, before there is any operation. */
	void setBeans(BeanResolver beans) {
		this.beans = beans;
	}

	/**
	 * The offloaded methods of a class.
	 * @param type the class
	 * @return its methods
	 */
	OffloadedMethods methods(Class<?> type) {
		return this.methods.computeIfAbsent(ClassUtils.getUserClass(type), OffloadedMethods::of);
	}

	/**
	 * Finds the operation for a method.
	 * @param bean name of the bean
	 * @param type class of the bean
	 * @param method the method as it is called
	 * @return the operation, {@code null} if the method is not offloaded
	 * @throws InvalidOffloadException if it can't work
	 */
	@Nullable OffloadOperation find(String bean, Class<?> type, Method method) {
		Class<?> userType = ClassUtils.getUserClass(type);
		Declared declared = methods(userType).find(method, userType);
		return (declared != null) ? operation(bean, userType, declared) : null;
	}

	/**
	 * All operations found so far.
	 * @return the operations
	 */
	Collection<OffloadOperation> all() {
		return Collections.unmodifiableCollection(this.operations.values());
	}

	/**
	 * Checks a bean, as far as that goes without pools.
	 * @param bean name of the bean
	 * @param type its class
	 * @param subclassed whether its proxy is a subclass
	 * @throws InvalidOffloadException if anything can't work
	 */
	void check(String bean, Class<?> type, boolean subclassed) {
		Class<?> userType = ClassUtils.getUserClass(type);
		OffloadedMethods methods = methods(userType);
		for (Method method : methods.unreachable()) {
			checkReachable(bean, userType, method);
		}
		if (subclassed && !methods.all().isEmpty()) {
			checkExtensible(bean, userType);
		}
		for (Declared declared : methods.all()) {
			if (subclassed && Modifier.isFinal(declared.method().getModifiers())) {
				throw new InvalidOffloadException(Problem.FINAL_METHOD, bean,
						MethodNames.qualified(declared.method(), userType),
						"The method is final, so that no proxy can intercept it.",
						"Remove 'final' (in Kotlin: add 'open').");
			}
			operation(bean, userType, declared);
		}
	}

	/**
	 * Checks that the interfaces of a bean's proxy have its offloaded methods.
	 * @param bean name of the bean
	 * @param type its class
	 * @param interfaces the interfaces of the proxy
	 * @throws InvalidOffloadException if one is missing
	 */
	void checkExposed(String bean, Class<?> type, Class<?>[] interfaces) {
		for (Declared declared : methods(type).all()) {
			if (declared.onMethod() && !Proxy.isProxyClass(type) && !isExposed(declared.method(), type, interfaces)) {
				throw new InvalidOffloadException(Problem.NOT_ON_INTERFACE, bean,
						MethodNames.qualified(declared.method(), type),
						"The bean is proxied by its interfaces, and none of them has the method.",
						"Add the method to an interface, or have the bean proxied by its class: "
								+ "'spring.aop.proxy-target-class: true' (the default) or @Proxyable(TARGET_CLASS).");
			}
		}
	}

	/**
	 * Checks the pools of a bean's operations.
	 * @param bean name of the bean
	 * @param type its class
	 * @throws InvalidOffloadException if one doesn't fit
	 */
	void checkPools(String bean, Class<?> type) {
		Class<?> userType = ClassUtils.getUserClass(type);
		methods(userType).all().forEach((declared) -> checkPool(operation(bean, userType, declared)));
	}

	/**
	 * Checks that the pool of an operation exists and that its arguments and result can
	 * reach its workers.
	 * @param operation the operation
	 * @throws InvalidOffloadException if not
	 */
	void checkPool(OffloadOperation operation) {
		String name = operation.poolName();
		WorkerPools pools = this.pools.get();
		if (!name.isEmpty() && !pools.names().contains(name)) {
			throw new InvalidOffloadException(Problem.UNKNOWN_POOL, operation.bean(),
					MethodNames.qualified(operation.method(), operation.type()),
					"There is no pool '%s'.".formatted(name),
					"Configure it with 'workerpool.pools.%s.size', or use one of those there are: %s.".formatted(name,
							String.join(", ", pools.names())));
		}
		WorkerPool pool = operation.pool();
		if (pool.snapshot().isolation() == Isolation.PROCESS) {
			String culprit = Crossing.culprit(operation.method(), operation.type());
			if (culprit != null) {
				throw new InvalidOffloadException(Problem.CANNOT_CROSS, operation.bean(),
						MethodNames.qualified(operation.method(), operation.type()),
						"The workers of pool '%s' are child JVMs, and %s can't be sent there.".formatted(pool.name(),
								culprit),
						"Make it a record, let it implement Serializable, pass something that does, "
								+ "or use a pool with isolation 'thread'.");
			}
		}
	}

	private OffloadOperation operation(String bean, Class<?> type, Declared declared) {
		Key key = new Key(bean, type, declared.method());
		OffloadOperation operation = this.operations.get(key);
		if (operation == null) {
			// not computed inside the map: resolving may create beans, and come back here
			OffloadOperation created = resolve(bean, type, declared);
			OffloadOperation other = this.operations.putIfAbsent(key, created);
			operation = (other != null) ? other : created;
		}
		return operation;
	}

	private OffloadOperation resolve(String bean, Class<?> type, Declared declared) {
		Method method = declared.method();
		MergedAnnotation<Offload> offload = declared.offload();
		Problems problems = new Problems(bean, MethodNames.qualified(method, type));
		ReturnStyle style = style(method, type, problems);
		if (AnnotatedElementUtils.hasAnnotation(method, Async.class)
				|| AnnotatedElementUtils.hasAnnotation(type, Async.class)) {
			throw problems.found(Problem.ASYNC, "The method is @Async as well, which would hand it over twice.",
					"Remove one of the two: with a return type of void or CompletableFuture, "
							+ "@Offload alone returns at once, too.");
		}
		TaskOptions options = options(offload, method, type, problems);
		String key = text("key", offload, problems);
		String fallback = text("fallback", offload, problems);
		checkTransfer(method, options, fallback, problems);
		return new OffloadOperation(bean, type, method, text("pool", offload, problems), this.pools, options,
				key.isEmpty() ? null : key(key, type, method, problems),
				fallback.isEmpty() ? null : fallback(fallback, type, method, style, problems), style);
	}

	/** What was given away is not there for a second time. */
	private static void checkTransfer(Method method, TaskOptions options, String fallback, Problems problems) {
		String buffer = Crossing.transferred(method);
		if (buffer == null) {
			return;
		}
		Integer attempts = options.maxAttempts();
		if (attempts != null && attempts > 1) {
			throw problems.found(Problem.MAX_ATTEMPTS,
					"'maxAttempts' is %d, but the buffer '%s' is transferred, and gone with a worker that dies."
						.formatted(attempts, buffer),
					"Leave 'maxAttempts' out, or pass the bytes as 'byte[]', which are copied.");
		}
		if (!fallback.isEmpty()) {
			throw problems.found(Problem.FALLBACK,
					"The fallback '%s' would find the buffer '%s' detached, as it was transferred to the worker."
						.formatted(fallback, buffer),
					"Leave 'fallback' out and handle the failure where the method is called, or pass the bytes as "
							+ "'byte[]', which are copied.");
		}
	}

	private static ReturnStyle style(Method method, Class<?> type, Problems problems) {
		Class<?>[] parameters = method.getParameterTypes();
		if (parameters.length > 0 && parameters[parameters.length - 1].getName().equals(SUSPENDING)) {
			throw problems.found(Problem.RETURN_TYPE, "The method is a suspending function of Kotlin.",
					"Make it an ordinary function, and call it with 'withContext' or 'await' where it must suspend.");
		}
		Class<?> returned = GenericTypeResolver.resolveReturnType(method, type);
		ReturnStyle style = ReturnStyle.of(returned);
		if (style == null) {
			throw problems.found(Problem.RETURN_TYPE,
					"The return type '%s' can't come from a worker.".formatted(returned.getName()),
					"Return void, a value, Future, CompletableFuture, CompletionStage, TaskFuture, or with Reactor "
							+ "on the class path Mono, Flux or another reactive type. Collect a Stream into a List.");
		}
		return style;
	}

	private TaskOptions options(MergedAnnotation<Offload> offload, Method method, Class<?> type, Problems problems) {
		String name = text("name", offload, problems);
		TaskOptions options = TaskOptions.none().withName(name.isBlank() ? MethodNames.task(method, type) : name);
		int priority = offload.getInt("priority");
		if (priority < TaskOptions.MIN_PRIORITY || priority > TaskOptions.MAX_PRIORITY) {
			throw problems.found(Problem.PRIORITY, "'priority' is %d.".formatted(priority),
					"Use one from %d to %d; higher runs first.".formatted(TaskOptions.MIN_PRIORITY,
							TaskOptions.MAX_PRIORITY));
		}
		options = options.withPriority(priority);
		int maxAttempts = offload.getInt("maxAttempts");
		if (maxAttempts < 0) {
			throw problems.found(Problem.MAX_ATTEMPTS, "'maxAttempts' is %d.".formatted(maxAttempts),
					"Use at least 1, or leave it out for the pool's 'task.max-attempts'.");
		}
		if (maxAttempts > 0) {
			options = options.withMaxAttempts(maxAttempts);
		}
		Duration timeout = duration("timeout", offload, problems);
		if (timeout != null) {
			options = options.withTimeout(timeout);
		}
		Duration queueTimeout = duration("queueTimeout", offload, problems);
		return (queueTimeout != null) ? options.withQueueTimeout(queueTimeout) : options;
	}

	private @Nullable Duration duration(String attribute, MergedAnnotation<Offload> offload, Problems problems) {
		String text = text(attribute, offload, problems).strip();
		if (text.isEmpty()) {
			return null;
		}
		try {
			Duration duration = DurationFormatterUtils.detectAndParse(text);
			if (!duration.isNegative() && !duration.isZero()) {
				return duration;
			}
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			// told below
		}
		throw problems.found(Problem.DURATION,
				"'%s' is '%s', which is no duration of more than zero.".formatted(attribute, text),
				"Write it like '500ms', '5s', '1m30s' or 'PT5S'.");
	}

	private TaskKey key(String key, Class<?> type, Method method, Problems problems) {
		try {
			return TaskKey.parse(key, type, method, this.beans);
		}
		catch (ExpressionException ex) {
			throw problems.found(Problem.KEY,
					"The key '%s' is no valid expression: %s.".formatted(key, ex.getSimpleMessage()),
					"Write a SpEL expression, such as '#tenant' or '#p0.id'; quote a constant: 'all'.");
		}
		catch (IllegalArgumentException ex) {
			throw problems.found(Problem.KEY, "In the key '%s', %s.".formatted(key, ex.getMessage()),
					"Use the name of a parameter (the class must be compiled with -parameters), "
							+ "its position as in '#p0', or '#root'.");
		}
	}

	private static Fallback fallback(String fallback, Class<?> type, Method method, ReturnStyle style,
			Problems problems) {
		try {
			return Fallback.find(fallback, type, method, style);
		}
		catch (IllegalArgumentException ex) {
			throw problems.found(Problem.FALLBACK, "Its fallback can't be used: %s.".formatted(ex.getMessage()),
					("Declare a method '%s' in '%s' with the parameters of '%s', optionally followed by a Throwable, "
							+ "that returns '%s'.")
						.formatted(fallback, type.getName(), MethodNames.withParameters(method),
								method.getGenericReturnType().getTypeName()));
		}
	}

	private String text(String attribute, MergedAnnotation<Offload> offload, Problems problems) {
		String value = offload.getString(attribute);
		if (value.isEmpty()) {
			return value;
		}
		try {
			String resolved = this.values.resolveStringValue(value);
			return (resolved != null) ? resolved : "";
		}
		catch (RuntimeException ex) {
			throw problems.found(Problem.PLACEHOLDER,
					"'%s' is '%s', which can't be resolved: %s.".formatted(attribute, value, ex.getMessage()),
					"Set the property, or give a default as in '${name:default}'.");
		}
	}

	private static void checkReachable(String bean, Class<?> type, Method method) {
		String name = MethodNames.qualified(method, method.getDeclaringClass());
		if (Modifier.isStatic(method.getModifiers())) {
			throw new InvalidOffloadException(Problem.STATIC_METHOD, bean, name,
					"The method is static, so that no proxy can intercept it.", "Make it an instance method.");
		}
		throw new InvalidOffloadException(Problem.PRIVATE_METHOD, bean, name,
				"The method is private, so that no proxy can intercept it.",
				"Make it public, and call it from another bean.");
	}

	private static void checkExtensible(String bean, Class<?> type) {
		boolean isFinal = Modifier.isFinal(type.getModifiers());
		if (isFinal || type.isSealed()) {
			throw new InvalidOffloadException(Problem.FINAL_CLASS, bean, type.getName(),
					"The class is %s, so that no proxy can extend it.".formatted(isFinal ? "final" : "sealed"),
					isFinal ? "Remove 'final' (in Kotlin: add 'open'; a record can't be offloaded)."
							: "Remove 'sealed', or move the method to a class of its own.");
		}
	}

	private static boolean isExposed(Method method, Class<?> type, Class<?>[] interfaces) {
		for (Class<?> each : interfaces) {
			for (Method candidate : each.getMethods()) {
				if (AopUtils.getMostSpecificMethod(candidate, type).equals(method)) {
					return true;
				}
			}
		}
		return false;
	}

	private record Key(String bean, Class<?> type, Method method) {

	}

	/**
	 * Names what is at fault.
	 */
	private record Problems(String bean, String method) {

		InvalidOffloadException found(Problem problem, String reason, String remedy) {
			return new InvalidOffloadException(problem, this.bean, this.method, reason, remedy);
		}

	}

}
