package io.github.workerpool.process.child;

import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.process.ChildApplication;
import io.github.workerpool.process.ChildWiringException;
import io.github.workerpool.process.Extension;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.AnnotatedGenericBeanDefinition;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConstructorBound;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.RandomValuePropertySource;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.LifecycleProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.scheduling.config.TaskManagementConfigUtils;
import org.springframework.util.ClassUtils;

/**
 * The context of a child: what tasks call, eagerly, and what the sources say, as it is
 * asked for. The one class of the child that knows Spring; a child whose tasks need no
 * context never loads it.
 * <p>
 * It is no application: nothing is scanned or configured by itself, nothing that has a
 * life cycle is started, nothing is scheduled, served, migrated or exported, whatever the
 * properties of the parent say; that is the parent's business. They have the highest
 * precedence but for {@link #ALWAYS}.
 */
final class ChildContext implements Surroundings {

	/** What is settled by being a child. */
	private static final Map<String, Object> ALWAYS = Map.ofEntries(Map.entry("workerpool.enabled", "false"),
			Map.entry("spring.main.web-application-type", "none"), Map.entry("spring.main.banner-mode", "off"),
			Map.entry("spring.output.ansi.enabled", "never"), Map.entry("spring.flyway.enabled", "false"),
			Map.entry("spring.liquibase.enabled", "false"), Map.entry("spring.sql.init.mode", "never"),
			Map.entry("spring.jpa.hibernate.ddl-auto", "none"), Map.entry("spring.jpa.generate-ddl", "false"),
			Map.entry("spring.batch.job.enabled", "false"), Map.entry("spring.batch.jdbc.initialize-schema", "never"),
			Map.entry("spring.quartz.auto-startup", "false"), Map.entry("spring.jmx.enabled", "false"),
			Map.entry("spring.docker.compose.enabled", "false"), Map.entry("spring.devtools.restart.enabled", "false"),
			Map.entry("management.defaults.metrics.export.enabled", "false"),
			Map.entry("management.tracing.export.enabled", "false"),
			Map.entry("management.logging.export.enabled", "false"), Map.entry("logging.file.name", ""),
			Map.entry("logging.file.path", ""));

	/**
	 * What the framework throws of its own accord while it makes beans. What else it has
	 * to throw is thrown by what it is used for, such as a service that isn't there now.
	 */
	private static final List<String> WIRING = List.of("org.springframework.beans.", "org.springframework.context.",
			"org.springframework.core.convert.", "org.springframework.core.env.", "org.springframework.aop.",
			"org.springframework.util.Placeholder", "org.springframework.boot.context.properties.");

	private static final String LEVEL = "logging.level.";

	private final String pool;

	private final AnnotationConfigApplicationContext context;

	private ChildContext(String pool, AnnotationConfigApplicationContext context) {
		this.pool = pool;
		this.context = context;
	}

	/**
	 * Starts the context of a child.
	 * @param pool name of the pool
	 * @param application what it is made of
	 * @param loader finds its classes
	 * @return the context
	 * @throws ChildWiringException if something is missing
	 */
	static ChildContext start(String pool, ChildApplication application, ClassLoader loader) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.setClassLoader(loader);
		context.setEnvironment(environment(application));
		DefaultListableBeanFactory beans = context.getDefaultListableBeanFactory();
		beans.setConversionService(ApplicationConversionService.getSharedInstance());
		beans.registerSingleton(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, new Idle());
		levels(application, loader);
		context.register(Properties.class);
		for (String source : application.sources()) {
			context.register(source(pool, source, loader));
		}
		registerPools(application, beans);
		proxyAsInTheParent(context.getEnvironment(), beans);
		context.addBeanFactoryPostProcessor((factory) -> complete(pool, application, beans, loader));
		try {
			context.refresh();
		}
		catch (BeansException ex) {
			throw explain(pool, ex);
		}
		return new ChildContext(pool, context);
	}

	private static StandardEnvironment environment(ChildApplication application) {
		StandardEnvironment environment = new StandardEnvironment();
		Map<String, Object> properties = new HashMap<>(application.environment());
		environment.getPropertySources().addFirst(new MapPropertySource("workerpoolParent", properties));
		environment.getPropertySources().addFirst(new MapPropertySource("workerpoolChild", ALWAYS));
		RandomValuePropertySource.addToEnvironment(environment);
		ConfigurationPropertySources.attach(environment);
		environment.setConversionService(new ApplicationConversionService());
		environment.setActiveProfiles(application.profiles().toArray(new String[0]));
		return environment;
	}

	/** Levels only; where lines go to is the parent's business. */
	private static void levels(ChildApplication application, ClassLoader loader) {
		LoggingSystem logging = null;
		for (Map.Entry<String, String> property : application.environment().entrySet()) {
			if (property.getKey().startsWith(LEVEL)) {
				try {
					logging = (logging != null) ? logging : LoggingSystem.get(loader);
					String logger = property.getKey().substring(LEVEL.length());
					String level = property.getValue().strip().toUpperCase(Locale.ROOT);
					logging.setLogLevel(logger.equalsIgnoreCase("root") ? LoggingSystem.ROOT_LOGGER_NAME : logger,
							level.equals("FALSE") ? LogLevel.OFF : LogLevel.valueOf(level));
				}
				catch (RuntimeException | LinkageError ex) {
					// The parent has complained already if it makes no sense
				}
			}
		}
	}

	private static Class<?> source(String pool, String name, ClassLoader loader) {
		try {
			return ClassUtils.forName(name, loader);
		}
		catch (ClassNotFoundException | LinkageError ex) {
			throw new ChildWiringException(pool, name, name, "There is no class '%s' (%s).".formatted(name, ex),
					"Correct '%s'.".formatted(ChildWiringException.key(pool)));
		}
	}

	private static void registerPools(ChildApplication application, DefaultListableBeanFactory beans) {
		AbsentWorkerPools pools = new AbsentWorkerPools(application.pools().values());
		RootBeanDefinition all = new RootBeanDefinition(WorkerPools.class, () -> pools);
		beans.registerBeanDefinition("workerPools", all);
		application.pools().forEach((beanName, name) -> {
			RootBeanDefinition one = new RootBeanDefinition(WorkerPool.class, () -> pools.get(name));
			one.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
			one.setPrimary(pools.getDefault().name().equals(name));
			one.setDestroyMethodName("");
			beans.registerBeanDefinition(beanName, one);
		});
	}

	/**
	 * Proxies are of the kind that they are of in the parent, where auto-configuration
	 * sees to that: methods that only the class of a bean has must be there to be called.
	 */
	private static void proxyAsInTheParent(Environment environment, DefaultListableBeanFactory beans) {
		if (environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true)) {
			AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(beans);
		}
	}

	/**
	 * Adds what the sources did not bring. Comes after the classes of the sources have
	 * been read, so that an offloaded class is never taken for one of them: what it says
	 * of an application is not for its child.
	 */
	private static void complete(String pool, ChildApplication application, DefaultListableBeanFactory beans,
			ClassLoader loader) {
		String scheduling = TaskManagementConfigUtils.SCHEDULED_ANNOTATION_PROCESSOR_BEAN_NAME;
		if (beans.containsBeanDefinition(scheduling)) {
			beans.removeBeanDefinition(scheduling);
		}
		for (ChildApplication.Bound bound : application.properties()) {
			if (!beans.containsBeanDefinition(bound.name())) {
				register(bound, beans, loader);
			}
		}
		Set<String> eager = new HashSet<>();
		for (ChildApplication.Bean bean : application.beans()) {
			eager.add(bean.name());
			if (!beans.containsBeanDefinition(bean.name())) {
				if (!bean.configuration().isEmpty()) {
					throw new ChildWiringException(pool, bean.name(), bean.configuration(),
							"It is made by a method of '%s', which the child does not know."
								.formatted(bean.configuration()),
							"Add '%s' to '%s'.".formatted(bean.configuration(), ChildWiringException.key(pool)));
				}
				AnnotatedGenericBeanDefinition definition = new AnnotatedGenericBeanDefinition(
						source(pool, bean.type(), loader));
				AnnotationConfigUtils.processCommonDefinitionAnnotations(definition);
				beans.registerBeanDefinition(bean.name(), definition);
			}
		}
		for (String name : beans.getBeanDefinitionNames()) {
			BeanDefinition definition = beans.getBeanDefinition(name);
			if (eager.contains(name)) {
				definition.setLazyInit(false);
				if (!definition.isPrototype()) {
					definition.setScope(BeanDefinition.SCOPE_SINGLETON);
				}
			}
			else if (definition instanceof AbstractBeanDefinition open && open.getLazyInit() == null
					&& definition.getRole() == BeanDefinition.ROLE_APPLICATION) {
				definition.setLazyInit(true);
			}
		}
	}

	/** As {@link EnableConfigurationProperties} does. */
	private static void register(ChildApplication.Bound bound, DefaultListableBeanFactory beans, ClassLoader loader) {
		Class<?> type;
		try {
			type = ClassUtils.forName(bound.type(), loader);
		}
		catch (ClassNotFoundException | LinkageError ex) {
			// Whoever needs it will say so
			return;
		}
		RootBeanDefinition definition = new RootBeanDefinition(type);
		BindMethod method = bound.byConstructor() ? BindMethod.VALUE_OBJECT : BindMethod.JAVA_BEAN;
		definition.setAttribute(BindMethod.class.getName(), method);
		if (bound.byConstructor()) {
			definition.setInstanceSupplier(() -> ConstructorBound.from(beans, bound.name(), type));
		}
		definition.setLazyInit(true);
		beans.registerBeanDefinition(bound.name(), definition);
	}

	/**
	 * Tells what can't be wired, which is wrong in every child, from what failed while it
	 * was made, which may go well the next time.
	 */
	private static RuntimeException explain(String pool, BeansException failure) {
		Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
		if (root instanceof ChildWiringException known) {
			return known;
		}
		String bean = (failure instanceof BeanCreationException creation && creation.getBeanName() != null)
				? creation.getBeanName() : "context";
		String key = ChildWiringException.key(pool);
		if (root instanceof NoSuchBeanDefinitionException absent) {
			return absent(pool, bean, key, failure, absent);
		}
		if (root instanceof BeansException || root instanceof NoSuchMethodException
				|| root instanceof ClassNotFoundException
				|| WIRING.stream().anyMatch(root.getClass().getName()::startsWith)) {
			return new ChildWiringException(pool, bean, null, sentence(root),
					"Add what it needs to '%s', or let the bean do without in a child.".formatted(key));
		}
		return failure;
	}

	private static ChildWiringException absent(String pool, String bean, String key, BeansException failure,
			NoSuchBeanDefinitionException absent) {
		Class<?> type = (absent.getBeanType() != null) ? ClassUtils.getUserClass(absent.getBeanType()) : null;
		String what = (type != null) ? "a bean of type '%s'".formatted(type.getName())
				: "a bean '%s'".formatted(absent.getBeanName());
		String where = where(failure, bean);
		if (absent instanceof NoUniqueBeanDefinitionException several) {
			return new ChildWiringException(pool, bean, null,
					"%s needs one bean of type '%s', but there are %s.".formatted(where,
							(type != null) ? type.getName() : "?", several.getBeanNamesFound()),
					"Take what makes the others out of '%s', or mark one with @Primary.".formatted(key));
		}
		String remedy = (type != null && !type.isInterface() && !Modifier.isAbstract(type.getModifiers()))
				? "Add '%s', or the configuration class that makes it, to '%s'.".formatted(type.getName(), key)
				: "Add the class that makes it to '%s'.".formatted(key);
		return new ChildWiringException(pool, bean, (type != null) ? type.getName() : null,
				"%s needs %s, and the child has none.".formatted(where, what), remedy);
	}

	private static String where(BeansException failure, String bean) {
		String where = "It";
		for (Throwable current = failure; current != null; current = current.getCause()) {
			if (current instanceof UnsatisfiedDependencyException unsatisfied) {
				InjectionPoint point = unsatisfied.getInjectionPoint();
				String name = unsatisfied.getBeanName();
				String owner = (name == null || name.equals(bean)) ? "It"
						: "Bean '%s', which it needs,".formatted(name);
				where = (point != null) ? owner + " (" + point.getMember() + ")" : owner;
			}
		}
		return where;
	}

	private static String sentence(Throwable failure) {
		String text = String.valueOf((failure.getMessage() != null) ? failure.getMessage() : failure);
		return text.endsWith(".") ? text : text + ".";
	}

	@Override
	public Object find(String name, Class<?> type) {
		ConfigurableListableBeanFactory beans = this.context.getBeanFactory();
		if (!beans.containsBean(name)) {
			// not known when this child started: from another context, or made later
			AnnotatedGenericBeanDefinition definition = new AnnotatedGenericBeanDefinition(type);
			AnnotationConfigUtils.processCommonDefinitionAnnotations(definition);
			this.context.registerBeanDefinition(name, definition);
		}
		try {
			return beans.getBean(name);
		}
		catch (BeansException ex) {
			throw explain(this.pool, ex);
		}
	}

	@Override
	public <T> T extension(Extension extension, Class<T> type, ClassLoader loader) throws Exception {
		String name = extension.beanName();
		if (!name.isEmpty()) {
			if (this.context.containsBean(name)) {
				return this.context.getBean(name, type);
			}
			if (!extension.isMakeable()) {
				throw new ChildWiringException(this.pool, name, extension.className(),
						"It can't cross by itself, and the child's context has no bean '%s'.".formatted(name),
						("Make '%s' Serializable or a public class with a public no-arg constructor, or add the"
								+ " configuration class that makes it to '%s'.")
							.formatted(extension.className(), ChildWiringException.key(this.pool)));
			}
		}
		return extension.make(type, loader);
	}

	@Override
	public Publisher<?> publisher(Object returned) {
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(null, returned);
		if (adapter == null) {
			throw new IllegalStateException("'" + returned.getClass().getName() + "' is no publisher");
		}
		return adapter.toPublisher(returned);
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Has properties bound.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	static class Properties {

	}

	/**
	 * Starts and stops nothing.
	 */
	private static final class Idle implements LifecycleProcessor {

		@Override
		public void onRefresh() {
			// A child has no life of its own
		}

		@Override
		public void onClose() {
			// Nothing was started
		}

		@Override
		public void start() {
			// A child has no life of its own
		}

		@Override
		public void stop() {
			// Nothing was started
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

}
