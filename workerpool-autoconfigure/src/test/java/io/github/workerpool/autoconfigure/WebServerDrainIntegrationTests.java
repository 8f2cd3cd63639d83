package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order in which web server and pools come and go.
 */
class WebServerDrainIntegrationTests {

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void poolsWorkBeforeTheWebServerIsThereAndAfterItHasDrained(WebApplicationType type) {
		Between between;
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).web(type)
			.properties("server.port=0", "spring.main.banner-mode=off", "workerpool.pools.images.size=1")
			.run()) {
			between = context.getBean(Between.class);
			between.port = ((WebServerApplicationContext) context).getWebServer().getPort();
			assertThat(isListening(between.port)).isTrue();
		}
		assertThat(between.whileStarting).isEqualTo("at work");
		assertThat(between.wasListening).isFalse();
		assertThat(between.whileStopping).isEqualTo("at work");
	}

	private static boolean isListening(int port) {
		try (Socket socket = new Socket("localhost", port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Between between(WorkerPools pools) {
			return new Between(pools.get("images"));
		}

	}

	/** Starts and stops between the pools and the web server. */
	static class Between implements SmartLifecycle {

		private final WorkerPool pool;

		private volatile boolean running;

		private volatile int port;

		private volatile boolean wasListening = true;

		private volatile Object whileStarting;

		private volatile Object whileStopping;

		Between(WorkerPool pool) {
			this.pool = pool;
		}

		@Override
		public int getPhase() {
			return ExecutorConfigurationSupport.DEFAULT_PHASE;
		}

		@Override
		public void start() {
			this.running = true;
			this.whileStarting = work();
		}

		@Override
		public void stop() {
			this.running = false;
			this.wasListening = isListening(this.port);
			this.whileStopping = work();
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		private Object work() {
			try {
				return this.pool.submit(() -> "at work").get(30, TimeUnit.SECONDS);
			}
			catch (Exception ex) {
				return ex;
			}
		}

	}

}
