package io.github.workerpool.autoconfigure;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PayloadCodec;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.offload.OffloadBeanPostProcessor;
import io.github.workerpool.offload.OffloadedBean;
import io.github.workerpool.process.ChildApplication;
import io.github.workerpool.process.ChildApplication.Bean;
import io.github.workerpool.process.ChildApplication.Bound;
import io.github.workerpool.process.ChildWiring;
import io.github.workerpool.process.ChildWiringException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.ClassUtils;

/**
 * Says of each pool of child JVMs what the context of its children is made of: the beans
 * with methods that the pool runs, its {@code process.sources}, classes that properties
 * are bound to, and the properties themselves. Keeps what can't be wired there, for
 * whoever waits for the pool.
 */
final class ChildContexts implements Function<PoolSettings, ChildWiring> {

	/** Its auto-configurations bring their own where the sources import them. */
	private static final String FRAMEWORK = "org.springframework.";

	/** About pools, which children don't have. */
	private static final Set<String> OWN = Set.of(WorkerPoolProperties.class.getName(),
			WorkerPoolEndpointProperties.class.getName());

	private final ConfigurableListableBeanFactory beanFactory;

	private final ConfigurableEnvironment environment;

	private final Supplier<? extends @Nullable OffloadBeanPostProcessor> offload;

	private final String defaultPool;

	private final Map<String, CompletableFuture<ChildWiringException>> failures = new ConcurrentHashMap<>();

	ChildContexts(ConfigurableListableBeanFactory beanFactory, ConfigurableEnvironment environment,
			Supplier<? extends @Nullable OffloadBeanPostProcessor> offload, String defaultPool) {
		this.beanFactory = beanFactory;
		this.environment = environment;
		this.offload = offload;
		this.defaultPool = defaultPool;
	}

	/**
	 * Completes with what can't be wired in the children of a pool, if ever.
	 * @param pool name of the pool
	 * @return the future
	 */
	CompletableFuture<ChildWiringException> failure(String pool) {
		return this.failures.computeIfAbsent(pool, (name) -> new CompletableFuture<>());
	}

	@Override
	public ChildWiring apply(PoolSettings settings) {
		if (settings.isolation() != Isolation.PROCESS) {
			return ChildWiring.NONE;
		}
		for (String source : settings.process().sources()) {
			if (!ClassUtils.isPresent(source, this.beanFactory.getBeanClassLoader())) {
				throw new InvalidPoolSettingException(settings.name(), "process.sources", source,
						"there is no class '%s'".formatted(source));
			}
		}
		return new Wiring(settings);
	}

	private List<Bean> beans(String pool) {
		OffloadBeanPostProcessor offload = this.offload.get();
		List<Bean> beans = new ArrayList<>();
		if (offload != null) {
			for (OffloadedBean bean : offload.offloadedBeans()) {
				String of = bean.poolName().isEmpty() ? this.defaultPool : bean.poolName();
				if (of.equals(pool)) {
					beans.add(new Bean(bean.name(), bean.type().getName(), configuration(bean.name())));
				}
			}
		}
		return beans;
	}

	/** Class with the method that makes a bean, empty if there is none. */
	private String configuration(String beanName) {
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return "";
		}
		BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(beanName);
		if (definition.getFactoryMethodName() == null) {
			// A context that was processed ahead of time has suppliers in their place
			Method method = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
			return (method != null) ? ClassUtils.getUserClass(method.getDeclaringClass()).getName() : "";
		}
		String factory = definition.getFactoryBeanName();
		Class<?> type = (factory != null) ? this.beanFactory.getType(factory) : null;
		String name = (type != null) ? ClassUtils.getUserClass(type).getName() : definition.getBeanClassName();
		return (name != null) ? name : "";
	}

	private List<Bound> properties() {
		List<Bound> properties = new ArrayList<>();
		for (String name : this.beanFactory.getBeanNamesForAnnotation(ConfigurationProperties.class)) {
			if (this.beanFactory.containsBeanDefinition(name)) {
				BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(name);
				String type = definition.getBeanClassName();
				if (type != null && configuration(name).isEmpty() && !type.startsWith(FRAMEWORK)
						&& !OWN.contains(type)) {
					properties.add(new Bound(name, type,
							definition.getAttribute(BindMethod.class.getName()) == BindMethod.VALUE_OBJECT));
				}
			}
		}
		return properties;
	}

	private Map<String, String> pools() {
		Map<String, String> pools = new LinkedHashMap<>();
		pools.put(WorkerPoolBeanRegistrar.beanName(this.defaultPool), this.defaultPool);
		for (String name : new ConfiguredKeys(this.environment).poolNames()) {
			pools.put(WorkerPoolBeanRegistrar.beanName(name), name);
		}
		return pools;
	}

	/** What the application has of a type says best what to add. */
	private ChildWiringException withKnownMaker(ChildWiringException failure) {
		String missing = failure.missing();
		if (missing == null || !ClassUtils.isPresent(missing, this.beanFactory.getBeanClassLoader())) {
			return failure;
		}
		Class<?> type = ClassUtils.resolveClassName(missing, this.beanFactory.getBeanClassLoader());
		for (String name : this.beanFactory.getBeanNamesForType(type, true, false)) {
			String configuration = configuration(name);
			Class<?> own = this.beanFactory.getType(name, false);
			String maker = !configuration.isEmpty() ? configuration
					: (own != null) ? ClassUtils.getUserClass(own).getName() : "";
			if (!maker.isEmpty()) {
				return new ChildWiringException(failure.pool(), failure.bean(), missing, failure.reason(),
						"Add '%s', which makes it in this application, to '%s'.".formatted(maker,
								ChildWiringException.key(failure.pool())));
			}
		}
		return failure;
	}

	/**
	 * That of one pool.
	 */
	private final class Wiring implements ChildWiring {

		private final PoolSettings settings;

		Wiring(PoolSettings settings) {
			this.settings = settings;
		}

		@Override
		public @Nullable ChildApplication application() {
			List<Bean> beans = beans(this.settings.name());
			List<String> sources = this.settings.process().sources();
			if (beans.isEmpty() && sources.isEmpty()) {
				return null;
			}
			ConfigurableEnvironment environment = ChildContexts.this.environment;
			List<String> profiles = List.of(environment.getActiveProfiles().length > 0 ? environment.getActiveProfiles()
					: environment.getDefaultProfiles());
			return new ChildApplication(beans, properties(), sources, ResolvedProperties.of(environment), profiles,
					pools());
		}

		/** Can be decided only by a child, and only if it has a context. */
		@Override
		public @Nullable String beanName(Object extension) {
			if (this.settings.process().sources().isEmpty()) {
				return null;
			}
			for (Class<?> type : List.of(WorkerInitializer.class, PayloadCodec.class)) {
				for (String name : ChildContexts.this.beanFactory.getBeanNamesForType(type, false, false)) {
					if (ChildContexts.this.beanFactory.getBean(name) == extension) {
						return name;
					}
				}
			}
			return null;
		}

		@Override
		public void failed(ChildWiringException why) {
			failure(this.settings.name()).complete(withKnownMaker(why));
		}

	}

}
