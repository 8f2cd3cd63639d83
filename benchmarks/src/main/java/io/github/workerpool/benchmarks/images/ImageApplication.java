package io.github.workerpool.benchmarks.images;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * The service. It listens on a free port, prints which, and ends when its standard input
 * does.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ ImageApplication.ImageController.class, ImageApplication.DirectConfiguration.class,
		ImageApplication.AsyncConfiguration.class, ImageApplication.OffloadConfiguration.class })
public class ImageApplication {

	/** What the line with the port begins with. */
	public static final String PORT = "port=";

	private static final String RUNNER = "images.runner";

	/**
	 * Starts the service.
	 * @param args who does the work, {@code none}, {@code async}, {@code thread} or
	 * {@code process}, and how many workers there are
	 * @throws IOException if its end can't be waited for
	 */
	public static void main(String[] args) throws IOException {
		SpringApplication application = new SpringApplication(ImageApplication.class);
		application.setBannerMode(Banner.Mode.OFF);
		application.setDefaultProperties(properties(args[0], args[1]));
		try (ConfigurableApplicationContext context = application.run()) {
			System.out.println(PORT + context.getEnvironment().getProperty("local.server.port"));
			System.in.read();
		}
	}

	private static Map<String, Object> properties(String runner, String workers) {
		Map<String, Object> common = Map.of("server.port", "0", RUNNER, runner);
		Map<String, Object> own = switch (runner) {
			case "async" -> Map.of("workerpool.enabled", "false", "spring.task.execution.pool.core-size", workers,
					"spring.task.execution.pool.max-size", workers);
			case "thread" -> Map.of("workerpool.default-pool", "images", "workerpool.pools.images.size", workers);
			case "process" -> Map.of("workerpool.default-pool", "images", "workerpool.pools.images.size", workers,
					"workerpool.pools.images.isolation", "process",
					"workerpool.pools.images.resource-limits.max-heap-size", "256MB",
					"workerpool.pools.images.process.class-data-sharing", "off");
			default -> Map.of("workerpool.enabled", "false");
		};
		Map<String, Object> properties = new HashMap<>(common);
		properties.putAll(own);
		return properties;
	}

	/**
	 * Pictures over HTTP.
	 */
	@RestController
	static class ImageController {

		private final Images images;

		ImageController(Images images) {
			this.images = images;
		}

		@PostMapping(path = "/thumbnail", produces = MediaType.IMAGE_JPEG_VALUE)
		CompletableFuture<byte[]> thumbnail(@RequestBody byte[] image) {
			return this.images.thumbnail(image);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = RUNNER, havingValue = "none")
	@Import(Images.Direct.class)
	static class DirectConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = RUNNER, havingValue = "async")
	@EnableAsync
	@Import(Images.Asynchronous.class)
	static class AsyncConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "workerpool.enabled", matchIfMissing = true)
	@Import(Images.Offloaded.class)
	static class OffloadConfiguration {

	}

}
