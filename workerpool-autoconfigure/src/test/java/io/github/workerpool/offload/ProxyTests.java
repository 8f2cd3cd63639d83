package io.github.workerpool.offload;

import java.util.concurrent.Callable;

import io.github.workerpool.WorkerContext;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.test.util.AopTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How beans are proxied, whatever their kind.
 */
@ExtendWith(OutputCaptureExtension.class)
class ProxyTests {

	@Test
	void beanWithoutInterfaceIsProxiedByItsClass() {
		try (OffloadContext context = OffloadContext.of(Work.class)) {
			Work work = context.get(Work.class);
			assertThat(AopUtils.isCglibProxy(work)).isTrue();
			assertThat(work.where()).isEqualTo("default");
			assertThat(((Advised) work).getAdvisors()).hasSize(1);
		}
	}

	@Test
	void beanWithInterfaceIsProxiedByIt() throws Exception {
		try (OffloadContext context = OffloadContext.of(WithInterface.class)) {
			Callable<?> work = context.get(Callable.class);
			assertThat(AopUtils.isJdkDynamicProxy(work)).isTrue();
			assertThat(work.call()).isEqualTo("default");
		}
	}

	@Test
	void methodsThatAreNotOffloadedRunOnTheCallersThread() {
		try (OffloadContext context = OffloadContext.of(Work.class)) {
			assertThat(context.get(Work.class).here()).isEqualTo("nowhere");
			assertThat(context.pools().submitted()).isEmpty();
		}
	}

	@Test
	void callOnThisIsNotOffloadedButCallThroughTheProxyIs() {
		try (OffloadContext context = OffloadContext.of(SelfCalling.class)) {
			SelfCalling bean = context.get(SelfCalling.class);
			assertThat(bean.onThis()).isEqualTo("nowhere");
			assertThat(bean.throughProxy()).isEqualTo("default");
		}
	}

	@Test
	void callFromWorkerOfSamePoolRunsInPlaceAndFromAnotherDoesNot() {
		try (OffloadContext context = OffloadContext.of(Nesting.class)) {
			Nesting bean = context.get(Nesting.class);
			assertThat(bean.same()).isEqualTo("single single-1 true");
			assertThat(context.pools().submitted()).hasSize(1);
			assertThat(bean.other()).isEqualTo("single images");
			assertThat(context.pools().submitted()).hasSize(3);
		}
	}

	@Test
	void everyPrototypeIsAdvisedAndTheyShareWhatWasResolved() {
		try (OffloadContext context = OffloadContext.of(TestPools.started(), (application) -> application
			.registerBean("work", Work.class, (definition) -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE)))) {
			Work one = context.get(Work.class);
			Work other = context.get(Work.class);
			assertThat(one).isNotSameAs(other);
			assertThat(one.where()).isEqualTo("default");
			assertThat(other.where()).isEqualTo("default");
			assertThat(((Advised) one).getAdvisors()[0]).isSameAs(((Advised) other).getAdvisors()[0]);
		}
	}

	@Test
	void lazyBeanIsAdvisedWhenItIsCreated() {
		try (OffloadContext context = OffloadContext.of(LazyWork.class)) {
			assertThat(context.context().getBeanFactory().containsSingleton("proxyTests.LazyWork")).isFalse();
			assertThat(context.get(LazyWork.class).where()).isEqualTo("default");
		}
	}

	@Test
	void scopedBeanIsAdvisedBehindItsScopedProxy() {
		try (OffloadContext context = OffloadContext.of(ScopedWork.class)) {
			assertThat(context.get(ScopedWork.class).where()).isEqualTo("default");
			assertThat(context.pools().submitted()).hasSize(1);
			assertThat(context.context().getBeanNamesForType(ScopedWork.class))
				.anyMatch(ScopedProxyUtils::isScopedTarget);
		}
	}

	@Test
	void productOfFactoryBeanIsAdvised() {
		try (OffloadContext context = OffloadContext.of(WorkFactory.class)) {
			assertThat(context.get(Work.class).where()).isEqualTo("default");
		}
	}

	@Test
	void oneBeanUnderTwoNamesIsOffloadedOnce() {
		try (OffloadContext context = OffloadContext.of(TwoNames.class)) {
			assertThat(context.context().getBean("other", Work.class).where()).isEqualTo("default");
			assertThat(context.pools().submitted()).hasSize(1);
		}
	}

	@Test
	void proxyWithoutTargetKeepsItsLastAdvisorLast() throws Exception {
		try (OffloadContext context = OffloadContext.of(Targetless.class)) {
			Remote remote = context.get(Remote.class);
			assertThat(((Advised) remote).getAdvisors()).hasSize(2);
			assertThat(((Advised) remote).getAdvisors()[0]).isInstanceOf(OffloadAdvisor.class);
			assertThat(remote.call("x")).isEqualTo("x default");
			assertThat(remote.plain()).isEqualTo("plain nowhere");
		}
	}

	@Test
	void frozenProxyIsProxiedAgainOrReported(CapturedOutput output) throws Exception {
		try (OffloadContext context = OffloadContext.of(Frozen.class)) {
			assertThat(context.context().getBean("frozenClass", Callable.class).call()).isEqualTo("default");
			assertThat(output).doesNotContain("frozenClass");
			assertThat(context.context().getBean("frozenInterface", Callable.class).call()).isEqualTo("nowhere");
			assertThat(output).contains("Bean 'frozenInterface' has @Offload methods, but its proxy can't be changed");
		}
	}

	@Test
	void definitionAttributesDecideOnTheKindOfProxy() {
		try (OffloadContext context = OffloadContext
			.of(TestPools.started(), (application) -> application.registerBean("work", WithInterface.class,
					(definition) -> definition.setAttribute(AutoProxyUtils.PRESERVE_TARGET_CLASS_ATTRIBUTE, true)))) {
			assertThat(AopUtils.isCglibProxy(context.get(WithInterface.class))).isTrue();
		}
	}

	@Test
	void typeOfProxyIsKnownAheadOfTime() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			OffloadBeanPostProcessor postProcessor = new OffloadBeanPostProcessor(() -> {
				throw new IllegalStateException("no pools ahead of time");
			});
			postProcessor.setBeanFactory(context.getBeanFactory());
			Class<?> type = postProcessor.determineBeanType(Work.class, "work");
			assertThat(type).isNotEqualTo(Work.class).isAssignableTo(Work.class);
			assertThat(postProcessor.determineBeanType(Object.class, "object")).isEqualTo(Object.class);
			assertThat(postProcessor.determineBeanType(WithInterface.class, "withInterface"))
				.isAssignableTo(Callable.class);
		}
	}

	@Test
	void adviceSaysWhoseItIs() {
		try (OffloadContext context = OffloadContext.of(Work.class)) {
			Work work = context.get(Work.class);
			work.where();
			assertThat(((Advised) work).getAdvisors()[0]).hasToString("@Offload");
			assertThat(((Advised) work).getAdvisors()[0].getAdvice()).asString().contains("proxyTests.Work");
			assertThat(AopTestUtils.<Work>getUltimateTargetObject(work)).isExactlyInstanceOf(Work.class);
		}
	}

	private static String position() {
		return WorkerContext.current().map(WorkerContext::poolName).orElse("nowhere");
	}

	static class Work {

		@Offload
		public String where() {
			return position();
		}

		public String here() {
			return position();
		}

	}

	static class WithInterface implements Callable<String> {

		@Override
		@Offload
		public String call() {
			return position();
		}

	}

	static class SelfCalling {

		private final ObjectProvider<SelfCalling> self;

		SelfCalling(ObjectProvider<SelfCalling> self) {
			this.self = self;
		}

		@Offload
		public String where() {
			return position();
		}

		public String onThis() {
			return where();
		}

		public String throughProxy() {
			return this.self.getObject().where();
		}

	}

	static class Nesting {

		private final ObjectProvider<Nesting> self;

		Nesting(ObjectProvider<Nesting> self) {
			this.self = self;
		}

		@Offload("single")
		public String same() {
			Thread outer = Thread.currentThread();
			String task = WorkerContext.current().orElseThrow().taskId();
			return position() + " " + task + " " + (this.self.getObject().inner() == outer);
		}

		@Offload("single")
		public Thread inner() {
			return Thread.currentThread();
		}

		@Offload("single")
		public String other() {
			return position() + " " + this.self.getObject().elsewhere();
		}

		@Offload("images")
		public String elsewhere() {
			return position();
		}

	}

	@Lazy
	static class LazyWork extends Work {

	}

	@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class ScopedWork extends Work {

	}

	static class WorkFactory implements FactoryBean<Work> {

		@Override
		public Work getObject() {
			return new Work();
		}

		@Override
		public Class<?> getObjectType() {
			return Work.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoNames {

		@Bean
		Work work() {
			return new Work();
		}

		@Bean
		Work other(Work work) {
			return work;
		}

	}

	interface Remote {

		@Offload
		String call(String text);

		String plain();

	}

	@Configuration(proxyBeanMethods = false)
	static class Targetless {

		@Bean
		Remote remote() {
			ProxyFactory factory = new ProxyFactory(Remote.class,
					(MethodInterceptor) (invocation) -> (invocation.getArguments().length > 0)
							? invocation.getArguments()[0] + " " + position() : "plain " + position());
			return (Remote) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Frozen {

		@Bean
		WithInterface frozenClass() {
			return (WithInterface) frozen(true);
		}

		@Bean
		Callable<?> frozenInterface() {
			return (Callable<?>) frozen(false);
		}

		private static Object frozen(boolean proxyTargetClass) {
			ProxyFactory factory = new ProxyFactory(new WithInterface());
			factory.setProxyTargetClass(proxyTargetClass);
			factory.addAdvice((MethodInterceptor) (invocation) -> invocation.proceed());
			factory.setFrozen(true);
			return factory.getProxy();
		}

	}

}
