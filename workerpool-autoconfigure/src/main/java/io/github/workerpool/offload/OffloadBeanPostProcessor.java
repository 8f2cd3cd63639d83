package io.github.workerpool.offload;

import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.workerpool.WorkerPools;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringValueResolver;

/**
 * Advises beans that have {@link Offload @Offload} methods, and refuses those that can't
 * work: each bean when it is created, those that are created later by their type when all
 * singletons are there. That is also when the pools are first asked for.
 * <p>
 * The advice goes inside retries, method security and caching, and outside transactions
 * and validation, wherever those come from and whenever their post-processors run.
 *
 * @since 0.1.0
 */
@SuppressWarnings("serial")
public final class OffloadBeanPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
		implements EmbeddedValueResolverAware, SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(OffloadBeanPostProcessor.class);

	private final OffloadOperations operations;

	private final OffloadPointcut pointcut;

	private final Map<String, OffloadAdvisor> advisors = new ConcurrentHashMap<>();

	private final Set<String> processed = ConcurrentHashMap.newKeySet();

	private Supplier<Stream<OffloadExceptionHandler>> exceptionHandlers = Stream::empty;

	private Supplier<? extends CallerContext> callerContext = () -> CallerContext.NONE;

	private volatile boolean poolsChecked;

	/**
	 * Makes a post-processor.
	 * @param pools gives the pools; asked when all singletons are there, or at the first
	 * offloaded call if that comes earlier
	 */
	public OffloadBeanPostProcessor(Supplier<? extends WorkerPools> pools) {
		this.operations = new OffloadOperations(Objects.requireNonNull(pools, "'pools' must not be null"));
		this.pointcut = new OffloadPointcut(this.operations);
		// stands for that of the bean where its name isn't known
		this.advisor = advisor("");
		// after the auto-proxy creator, before @Retryable and @Async, which prepend
		setOrder(Ordered.LOWEST_PRECEDENCE - 2);
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

	@Override
	public void setEmbeddedValueResolver(StringValueResolver resolver) {
		this.operations.setValues(resolver);
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		super.setBeanFactory(beanFactory);
		this.operations.setBeans(new BeanFactoryResolver(beanFactory));
	}

	/**
	 * The beans with offloaded methods that are known so far, once for each pool that
	 * runs any of them.
	 * @return the beans
	 */
	public Collection<OffloadedBean> offloadedBeans() {
		return this.operations.all()
			.stream()
			.map((operation) -> new OffloadedBean(operation.bean(), operation.type(), operation.poolName()))
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	/** Comes before any proxy is made, whose failure would say less. */
	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		Class<?> type = typeOf(bean);
		if (!(bean instanceof AopInfrastructureBean) && !this.operations.methods(type).isEmpty()
				&& !this.processed.contains(beanName)) {
			check(beanName, type, !Proxy.isProxyClass(bean.getClass()) && isSubclassed(beanName, type));
		}
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Class<?> type = typeOf(bean);
		if (bean instanceof AopInfrastructureBean || this.operations.methods(type).isEmpty()
				|| beanName.endsWith(AutowireCapableBeanFactory.ORIGINAL_INSTANCE_SUFFIX)) {
			return bean;
		}
		if (!this.processed.contains(beanName)) {
			// what a factory bean makes comes here only
			check(beanName, type, !Proxy.isProxyClass(bean.getClass()) && isSubclassed(beanName, type));
		}
		Object proxy = bean;
		if (bean instanceof Advised advised && !advised.isFrozen()) {
			if (isEligible(type) && !AdvisorPlacement.isPlaced(advised)) {
				AdvisorPlacement.place(advised, advisor(beanName));
			}
		}
		else {
			proxy = super.postProcessAfterInitialization(bean, beanName);
			if (proxy == bean) {
				logger.warn("Bean '{}' has @Offload methods, but its proxy can't be changed and hides them; "
						+ "they run on their callers' threads", beanName);
			}
			else if (proxy instanceof Advised advised && this.advisor != null) {
				advised.replaceAdvisor(this.advisor, advisor(beanName));
			}
		}
		if (Proxy.isProxyClass(proxy.getClass())) {
			this.operations.checkExposed(beanName, type, proxy.getClass().getInterfaces());
		}
		return proxy;
	}

	@Override
	protected ProxyFactory prepareProxyFactory(Object bean, String beanName) {
		ProxyFactory proxyFactory = super.prepareProxyFactory(bean, beanName);
		// what comes later must be able to join
		proxyFactory.setOpaque(false);
		return proxyFactory;
	}

	/**
	 * Checks the beans that are created later, and the pools of all.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		if (this.beanFactory != null) {
			for (String name : this.beanFactory.getBeanDefinitionNames()) {
				if (!this.processed.contains(name)) {
					checkByType(name, this.beanFactory);
				}
			}
		}
		this.operations.all().forEach(this.operations::checkPool);
		this.poolsChecked = true;
	}

	private void checkByType(String beanName, ConfigurableListableBeanFactory beanFactory) {
		Class<?> type = beanType(beanName, beanFactory);
		// the class of the bean may have more than its factory method tells
		if (type == null || Modifier.isAbstract(type.getModifiers()) || this.operations.methods(type).isEmpty()) {
			return;
		}
		check(beanName, type, isSubclassed(beanName, type));
		if (beanFactory.containsSingleton(beanName) && !beanFactory.isFactoryBean(beanName)) {
			logger.warn(
					"Bean '{}' has @Offload methods, but was created too early to be advised; "
							+ "its methods run on their callers' threads. Is it needed by a BeanPostProcessor?",
					beanName);
		}
	}

	private static @Nullable Class<?> beanType(String beanName, ConfigurableListableBeanFactory beanFactory) {
		try {
			return beanFactory.getMergedBeanDefinition(beanName).isAbstract() ? null
					: AutoProxyUtils.determineTargetClass(beanFactory, beanName);
		}
		catch (RuntimeException | LinkageError ex) {
			// a bean whose type can't be told is checked when it is created, if ever
			logger.debug("The type of bean '{}' can't be told", beanName, ex);
			return null;
		}
	}

	private void check(String beanName, Class<?> type, boolean subclassed) {
		this.operations.check(beanName, type, subclassed);
		if (this.poolsChecked) {
			this.operations.checkPools(beanName, type);
		}
		this.processed.add(beanName);
	}

	/** Foretells what {@link #prepareProxyFactory} will do. */
	private boolean isSubclassed(String beanName, Class<?> type) {
		if (this.beanFactory != null) {
			if (AutoProxyUtils.shouldProxyTargetClass(this.beanFactory, beanName)) {
				return true;
			}
			if (this.beanFactory.containsBeanDefinition(beanName) && this.beanFactory.getBeanDefinition(beanName)
				.hasAttribute(AutoProxyUtils.EXPOSED_INTERFACES_ATTRIBUTE)) {
				return false;
			}
		}
		if (isProxyTargetClass()) {
			return true;
		}
		ProxyFactory foretold = new ProxyFactory();
		evaluateProxyInterfaces(type, foretold);
		return foretold.isProxyTargetClass();
	}

	/** Only a proxy stands for its target; a target source, say, does not. */
	private static Class<?> typeOf(Object bean) {
		return (bean instanceof Advised) ? AopUtils.getTargetClass(bean) : ClassUtils.getUserClass(bean);
	}

	private OffloadAdvisor advisor(String beanName) {
		return this.advisors.computeIfAbsent(beanName,
				(name) -> new OffloadAdvisor(this.pointcut, new OffloadInterceptor(name, this.operations,
						new CallerSide(() -> this.exceptionHandlers.get(), () -> this.callerContext.get()))));
	}

}
