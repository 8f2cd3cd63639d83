package io.github.workerpool.offload;

import java.util.Map;
import java.util.function.Consumer;

import io.github.workerpool.WorkerPools;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.util.AopTestUtils;

/**
 * An application with {@code @Offload} and {@link TestPools}.
 */
final class OffloadContext implements AutoCloseable {

	private final AnnotationConfigApplicationContext context;

	private OffloadContext(AnnotationConfigApplicationContext context) {
		this.context = context;
	}

	static OffloadContext of(Class<?>... components) {
		return of(TestPools.started(), (context) -> context.register(components));
	}

	static OffloadContext of(TestPools pools, Consumer<AnnotationConfigApplicationContext> customizer) {
		return of(pools, Map.of(), customizer);
	}

	static OffloadContext of(TestPools pools, Map<String, Object> properties,
			Consumer<AnnotationConfigApplicationContext> customizer) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		try {
			context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", properties));
			context.registerBean(TestPools.class, () -> pools);
			customizer.accept(context);
			// does nothing if the customizer gave it another place
			context.register(Offloading.class);
			context.refresh();
			return new OffloadContext(context);
		}
		catch (Throwable ex) {
			context.close();
			pools.close();
			throw ex;
		}
	}

	<T> T get(Class<T> type) {
		return this.context.getBean(type);
	}

	/** The bean behind its proxy, whose fields are those that count. */
	<T> T target(Class<T> type) {
		return AopTestUtils.getUltimateTargetObject(get(type));
	}

	TestPools pools() {
		return get(TestPools.class);
	}

	AnnotationConfigApplicationContext context() {
		return this.context;
	}

	@Override
	public void close() {
		this.context.close();
	}

	@Configuration(proxyBeanMethods = false)
	static class Offloading {

		/** As in every application of Spring Boot. */
		@Bean
		static PropertySourcesPlaceholderConfigurer propertySourcesPlaceholderConfigurer() {
			return new PropertySourcesPlaceholderConfigurer();
		}

		@Bean
		static OffloadBeanPostProcessor offloadBeanPostProcessor(ObjectProvider<WorkerPools> pools,
				ObjectProvider<OffloadExceptionHandler> handlers, ObjectProvider<CallerContext> callerContext) {
			OffloadBeanPostProcessor postProcessor = new OffloadBeanPostProcessor(pools::getObject);
			postProcessor.setExceptionHandlers(handlers::orderedStream);
			postProcessor.setCallerContext(() -> callerContext.getIfAvailable(() -> CallerContext.NONE));
			return postProcessor;
		}

	}

}
