package io.github.workerpool.autoconfigure;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.github.workerpool.WorkerPool;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.env.Environment;

/**
 * Registers each pool as a bean of its own, named like {@code imageResizeWorkerPool} and
 * qualified by the pool's name. Backs off from names that are taken.
 * <p>
 * A post-processor, because it also runs in a context that was processed ahead of time:
 * which pools there are is then still decided by the properties at run time, and the
 * definitions made at build time are left out. A {@code BeanRegistrar} would do the same
 * but knows no qualifiers; a name or alias like {@code images} instead of a qualifier
 * would get in the way of beans of the application.
 */
final class WorkerPoolBeanRegistrar implements BeanDefinitionRegistryPostProcessor {

	static final String POOLS_BEAN_NAME = "workerPools";

	private static final Pattern VALID_NAME = Pattern.compile("[a-z][a-z0-9-]*");

	private final Environment environment;

	WorkerPoolBeanRegistrar(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		SortedSet<String> names = new TreeSet<>(new ConfiguredKeys(this.environment).poolNames());
		names.add(defaultPool());
		for (String name : names) {
			// Others are complained about when the pools are built
			if (VALID_NAME.matcher(name).matches() && !registry.isBeanNameInUse(beanName(name))) {
				registry.registerBeanDefinition(beanName(name), definition(name));
			}
		}
	}

	/**
	 * The default pool's bean is primary, unless the application has a primary of its
	 * own.
	 */
	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		for (String beanName : beanFactory.getBeanNamesForType(WorkerPool.class, true, false)) {
			if (beanFactory.containsBeanDefinition(beanName) && beanFactory.getBeanDefinition(beanName).isPrimary()) {
				return;
			}
		}
		String beanName = beanName(defaultPool());
		if (beanFactory.containsBeanDefinition(beanName)) {
			beanFactory.getBeanDefinition(beanName).setPrimary(true);
		}
	}

	private String defaultPool() {
		return this.environment.getProperty(ConfiguredKeys.ROOT + ".default-pool", "default");
	}

	private static BeanDefinition definition(String name) {
		RootBeanDefinition definition = new RootBeanDefinition();
		definition.setTargetType(WorkerPool.class);
		definition.setFactoryBeanName(POOLS_BEAN_NAME);
		definition.setFactoryMethodName("get");
		definition.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
		definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
		// Closed with all others, not one after the other
		definition.setDestroyMethodName("");
		definition.setDescription("Worker pool '" + name + "'");
		definition.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		return definition;
	}

	/**
	 * Gives the name of a pool's bean.
	 * @param poolName the pool's name
	 * @return the name in camel case
	 */
	static String beanName(String poolName) {
		StringBuilder beanName = new StringBuilder();
		boolean capital = false;
		for (char c : poolName.toCharArray()) {
			if (c != '-') {
				beanName.append(capital ? Character.toUpperCase(c) : c);
			}
			capital = (c == '-');
		}
		return beanName.append("WorkerPool").toString();
	}

}
