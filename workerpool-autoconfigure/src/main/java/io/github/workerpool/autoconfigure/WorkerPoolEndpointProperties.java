package io.github.workerpool.autoconfigure;

import java.util.HashSet;
import java.util.Set;

import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Configuration properties of the endpoint of worker pools.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("management.endpoint.workerpool")
public class WorkerPoolEndpointProperties {

	/**
	 * When to show unsanitized values of settings that may be secret, such as environment
	 * variables and JVM options of child JVMs.
	 */
	private Show showValues = Show.NEVER;

	/**
	 * Comma-separated list of roles used to determine whether a user is authorized to be
	 * shown unsanitized values. When empty, all authenticated users are authorized.
	 */
	private final Set<String> roles = new HashSet<>();

	public Show getShowValues() {
		return this.showValues;
	}

	public void setShowValues(Show showValues) {
		this.showValues = showValues;
	}

	public Set<String> getRoles() {
		return this.roles;
	}

}
