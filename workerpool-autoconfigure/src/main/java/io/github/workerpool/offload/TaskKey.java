package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.Expression;
import org.springframework.expression.ExpressionException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * Evaluates {@link Offload#key()}.
 */
final class TaskKey {

	private static final ParameterNameDiscoverer PARAMETER_NAMES = new DefaultParameterNameDiscoverer();

	private final Expression expression;

	private final Class<?> type;

	private final Method method;

	private final @Nullable BeanResolver beans;

	private TaskKey(Expression expression, Class<?> type, Method method, @Nullable BeanResolver beans) {
		this.expression = expression;
		this.type = type;
		this.method = method;
		this.beans = beans;
	}

	/**
	 * Parses an expression.
	 * @param expression the expression
	 * @param type class of the bean
	 * @param method the method
	 * @param beans resolves references to beans, if there are any
	 * @return the key
	 * @throws ExpressionException if it is no valid expression
	 * @throws IllegalArgumentException if it names what is no parameter
	 */
	static TaskKey parse(String expression, Class<?> type, Method method, @Nullable BeanResolver beans) {
		SpelExpression parsed = new SpelExpressionParser().parseRaw(expression);
		@Nullable String[] names = PARAMETER_NAMES.getParameterNames(method);
		Set<String> known = new HashSet<>(Set.of("root", "this"));
		for (int i = 0; i < method.getParameterCount(); i++) {
			known.add("p" + i);
			known.add("a" + i);
			String name = (names != null) ? names[i] : null;
			if (name != null) {
				known.add(name);
			}
		}
		checkVariables(parsed.getAST(), known, names != null);
		return new TaskKey(parsed, type, method, beans);
	}

	private static void checkVariables(SpelNode node, Set<String> known, boolean named) {
		if (node instanceof VariableReference && !known.contains(node.toStringAST().substring(1))) {
			throw new IllegalArgumentException("'%s' is no parameter of the method".formatted(node.toStringAST())
					+ (named ? "" : ", whose parameters have no names in the class file"));
		}
		for (int i = 0; i < node.getChildCount(); i++) {
			checkVariables(node.getChild(i), known, named);
		}
	}

	/**
	 * Evaluates the expression for a call.
	 * @param target the bean
	 * @param arguments the arguments
	 * @return the key, or {@code null}
	 * @throws ExpressionException if the expression fails
	 */
	@Nullable String evaluate(@Nullable Object target, @Nullable Object[] arguments) {
		MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
				new Root(this.method, arguments, target, this.type), this.method, arguments, PARAMETER_NAMES);
		if (this.beans != null) {
			context.setBeanResolver(this.beans);
		}
		Object value = this.expression.getValue(context);
		return (value != null) ? value.toString() : null;
	}

	/**
	 * What {@code #root} is. With getters, as the expression language wants them.
	 */
	static final class Root {

		private final Method method;

		private final @Nullable Object[] args;

		private final @Nullable Object target;

		private final Class<?> targetClass;

		Root(Method method, @Nullable Object[] args, @Nullable Object target, Class<?> targetClass) {
			this.method = method;
			this.args = args;
			this.target = target;
			this.targetClass = targetClass;
		}

		public Method getMethod() {
			return this.method;
		}

		public String getMethodName() {
			return this.method.getName();
		}

		public @Nullable Object[] getArgs() {
			return this.args;
		}

		public @Nullable Object getTarget() {
			return this.target;
		}

		public Class<?> getTargetClass() {
			return this.targetClass;
		}

	}

}
