package io.github.workerpool.offload;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.ProxyType;
import org.springframework.context.annotation.Proxyable;
import org.springframework.core.annotation.AliasFor;
import org.springframework.expression.spel.SpelEvaluationException;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the attributes of {@code @Offload} mean, and where it is found.
 */
class AttributesTests {

	private OffloadContext context;

	@AfterEach
	void stop() {
		if (this.context != null) {
			this.context.close();
		}
	}

	private <T> T start(Class<T> type, Class<?>... others) {
		return start(type, Map.of(), others);
	}

	private <T> T start(Class<T> type, Map<String, Object> properties, Class<?>... others) {
		this.context = OffloadContext.of(TestPools.started(), properties, (context) -> register(context, type, others));
		return this.context.get(type);
	}

	private static void register(AnnotationConfigApplicationContext context, Class<?> type, Class<?>... others) {
		if (!type.isInterface()) {
			context.register(type);
		}
		for (Class<?> other : others) {
			context.register(other);
		}
	}

	private TaskOptions submitted() {
		List<TaskOptions> submitted = this.context.pools().submitted();
		assertThat(submitted).hasSize(1);
		return submitted.remove(0);
	}

	@Test
	void everyAttributeReachesTheTask() {
		start(Attributes.class).all("acme");
		TaskOptions options = submitted();
		assertThat(options.name()).isEqualTo("everything");
		assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(options.queueTimeout()).isEqualTo(Duration.ofMinutes(1).plusSeconds(30));
		assertThat(options.priority()).isEqualTo(7);
		assertThat(options.key()).isEqualTo("acme");
		assertThat(options.maxAttempts()).isEqualTo(3);
	}

	@Test
	void whatIsNotGivenIsLeftToThePool() {
		start(Attributes.class).bare();
		TaskOptions options = submitted();
		assertThat(options.name()).isEqualTo("Attributes.bare");
		assertThat(options.timeout()).isNull();
		assertThat(options.queueTimeout()).isNull();
		assertThat(options.priority()).isZero();
		assertThat(options.key()).isNull();
		assertThat(options.maxAttempts()).isNull();
	}

	@Test
	void durationsAreWrittenAsInProperties() {
		Attributes attributes = start(Attributes.class);
		attributes.iso();
		assertThat(submitted().timeout()).isEqualTo(Duration.ofSeconds(90));
		attributes.millis();
		assertThat(submitted().timeout()).isEqualTo(Duration.ofMillis(250));
	}

	@Test
	void placeholdersAreResolvedInEveryText() {
		assertThat(start(Placeholders.class, Map.of("app.pool", "images", "app.patience", "3s", "app.wait", "4s",
				"app.key", "#p0 + '!'", "app.fallback", "instead", "app.name", "named"))
			.work("x")).isEqualTo("instead images");
		TaskOptions options = submitted();
		assertThat(options.name()).isEqualTo("named");
		assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(options.queueTimeout()).isEqualTo(Duration.ofSeconds(4));
		assertThat(options.key()).isEqualTo("x!");
	}

	@Test
	void emptyPlaceholdersAreAsIfNotGiven() {
		assertThat(start(EmptyPlaceholders.class).work("x")).isEqualTo("default");
		TaskOptions options = submitted();
		assertThat(options.name()).isEqualTo("EmptyPlaceholders.work");
		assertThat(options.timeout()).isNull();
		assertThat(options.key()).isNull();
	}

	@Test
	void keyCanUseEverythingThereIs() {
		Keys keys = start(Keys.class, Tenants.class);
		keys.byName(new Order("ann", 7));
		assertThat(submitted().key()).isEqualTo("ann");
		keys.byPosition("x", 5);
		assertThat(submitted().key()).isEqualTo("5");
		keys.byRoot("x", "y");
		assertThat(submitted().key()).isEqualTo("byRoot y 2");
		keys.byTarget();
		assertThat(submitted().key()).isEqualTo("Keys of the target");
		keys.byBean("x");
		assertThat(submitted().key()).isEqualTo("tenant of x");
		keys.byName(new Order(null, 7));
		assertThat(submitted().key()).isNull();
		keys.constant();
		assertThat(submitted().key()).isEqualTo("all");
	}

	@Test
	void failingKeyFailsTheCall() {
		Keys keys = start(Keys.class, Tenants.class);
		assertThatExceptionOfType(SpelEvaluationException.class).isThrownBy(() -> keys.byName(null));
	}

	@Test
	void metaAnnotationWorksAndMayAliasAttributes() {
		assertThat(start(Composed.class).work()).isEqualTo("images");
		TaskOptions options = submitted();
		assertThat(options.priority()).isEqualTo(3);
		assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(9));
	}

	@Test
	void annotationOfInterfaceMethodIsFound() {
		assertThat(start(Declared.class, Implementation.class).work("x")).isEqualTo("images");
		assertThat(submitted().key()).isEqualTo("x");
	}

	@Test
	void annotationOfGenericInterfaceMethodIsFound() {
		Generic<String> bean = start(GenericImplementation.class, Map.of());
		assertThat(bean.work("x")).isEqualTo("images x");
	}

	@Test
	void annotationOfInheritedImplementationIsFound() {
		assertThat(start(Declared.class, Inheriting.class).work("x")).isEqualTo("images");
	}

	@Test
	void annotationOfOverriddenMethodIsFoundAndOwnOneWins() {
		Overriding bean = start(Overriding.class);
		assertThat(bean.inherited()).isEqualTo("images");
		assertThat(bean.overridden()).isEqualTo("images");
		assertThat(bean.reannotated()).isEqualTo("single");
	}

	@Test
	void typeStandsForThePublicMethodsItDeclares() {
		AnnotatedType bean = start(AnnotatedType.class);
		assertThat(bean.work()).isEqualTo("images");
		assertThat(bean.otherwise()).isEqualTo("single");
		assertThat(bean.hidden()).isEqualTo("nowhere");
		assertThat(bean.inherited()).isEqualTo("nowhere");
		assertThat(AnnotatedType.fixed()).isEqualTo("nowhere");
		assertThat(bean.toString()).isEqualTo("nowhere");
	}

	@Test
	void annotatedSuperclassStandsForItsOwnMethodsOnly() {
		ExtendsAnnotatedType bean = start(ExtendsAnnotatedType.class);
		assertThat(bean.work()).isEqualTo("images");
		assertThat(bean.added()).isEqualTo("nowhere");
	}

	@Test
	void annotatedInterfaceStandsForItsMethods() {
		AnnotatedInterface bean = start(AnnotatedInterface.class, ImplementsAnnotatedInterface.class);
		assertThat(bean.work()).isEqualTo("images");
		assertThat(bean.byDefault()).isEqualTo("images");
	}

	@Test
	void protectedAndPackagePrivateMethodsAreOffloaded() {
		Visibility bean = start(Visibility.class);
		assertThat(bean.forSubclasses()).isEqualTo("default");
		assertThat(bean.forThePackage()).isEqualTo("default");
	}

	private static String where() {
		return WorkerContext.current().map(WorkerContext::poolName).orElse("nowhere");
	}

	static class Attributes {

		@Offload(pool = "images", timeout = "5s", queueTimeout = "1m30s", priority = 7, key = "#tenant",
				maxAttempts = 3, name = "everything")
		public void all(String tenant) {
		}

		@Offload
		public void bare() {
		}

		@Offload(timeout = "PT1M30S")
		public void iso() {
		}

		@Offload(timeout = "250")
		public void millis() {
		}

	}

	static class Placeholders {

		@Offload(pool = "${app.pool}", timeout = "${app.patience:2s}", queueTimeout = "${app.wait}", key = "${app.key}",
				fallback = "${app.fallback}", name = "${app.name}")
		public String work(String text) {
			throw new IllegalStateException(where());
		}

		String instead(String text, Exception failure) {
			return "instead " + failure.getMessage();
		}

	}

	static class EmptyPlaceholders {

		@Offload(pool = "${a:}", timeout = "${b:}", queueTimeout = "${c:}", key = "${d:}", fallback = "${e:}",
				name = "${f:}")
		public String work(String text) {
			return where();
		}

	}

	static class Keys {

		@Offload(key = "#order.customer")
		public String byName(Order order) {
			return "";
		}

		@Offload(key = "#a1")
		public String byPosition(String text, int number) {
			return "";
		}

		@Offload(key = "#root.methodName + ' ' + #root.args[1] + ' ' + #root.method.parameterCount")
		public String byRoot(String one, String other) {
			return "";
		}

		@Offload(key = "#root.targetClass.simpleName + ' ' + #root.target.describe()")
		public String byTarget() {
			return "";
		}

		public String describe() {
			return "of the target";
		}

		@Offload(key = "@tenants.of(#user)")
		public String byBean(String user) {
			return "";
		}

		@Offload(key = "'all'")
		public String constant() {
			return "";
		}

	}

	record Order(String customer, int id) {

	}

	@Component("tenants")
	static class Tenants {

		public String of(String user) {
			return "tenant of " + user;
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@Offload(pool = "images", priority = 3)
	@interface ForImages {

		@AliasFor(annotation = Offload.class, attribute = "timeout")
		String patience() default "1s";

	}

	static class Composed {

		@ForImages(patience = "9s")
		public String work() {
			return where();
		}

	}

	interface Declared {

		@Offload(pool = "images", key = "#p0")
		String work(String text);

	}

	static class Implementation implements Declared {

		@Override
		public String work(String text) {
			return where();
		}

	}

	public static class WithoutInterface {

		public String work(String text) {
			return where();
		}

	}

	static class Inheriting extends WithoutInterface implements Declared {

	}

	interface Generic<T> {

		@Offload("images")
		String work(T value);

	}

	@Proxyable(ProxyType.TARGET_CLASS)
	static class GenericImplementation implements Generic<String> {

		@Override
		public String work(String value) {
			return where() + " " + value;
		}

	}

	static class Overridden {

		@Offload("images")
		public String inherited() {
			return where();
		}

		@Offload("images")
		public String overridden() {
			return "";
		}

		@Offload("images")
		public String reannotated() {
			return "";
		}

	}

	static class Overriding extends Overridden {

		@Override
		public String overridden() {
			return where();
		}

		@Override
		@Offload("single")
		public String reannotated() {
			return where();
		}

	}

	static class Inherited {

		public String inherited() {
			return where();
		}

	}

	@Offload("images")
	static class AnnotatedType extends Inherited {

		public String work() {
			return where();
		}

		@Offload("single")
		public String otherwise() {
			return where();
		}

		String hidden() {
			return where();
		}

		public static String fixed() {
			return where();
		}

		@Override
		public String toString() {
			return where();
		}

	}

	static class ExtendsAnnotatedType extends AnnotatedType {

		@Override
		public String work() {
			return super.work();
		}

		public String added() {
			return where();
		}

	}

	@Offload("images")
	interface AnnotatedInterface {

		String work();

		default String byDefault() {
			return where();
		}

	}

	static class ImplementsAnnotatedInterface implements AnnotatedInterface {

		@Override
		public String work() {
			return where();
		}

	}

	static class Visibility {

		@Offload
		protected String forSubclasses() {
			return where();
		}

		@Offload
		String forThePackage() {
			return where();
		}

	}

}
