package io.github.workerpool.autoconfigure;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPoolCustomizer;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/**
 * Turns properties into the settings of pools: what the pool sets, then what the defaults
 * set, then the customizers. Complaints about settings become complaints about the keys
 * they came from.
 */
final class PoolSettingsSource {

	private final Environment environment;

	private final Binder binder;

	private final ConfiguredKeys keys;

	private final BoundPool defaults;

	private final List<WorkerPoolCustomizer> customizers;

	PoolSettingsSource(Environment environment, List<WorkerPoolCustomizer> customizers) {
		this.environment = environment;
		this.binder = Binder.get(environment);
		this.keys = new ConfiguredKeys(environment);
		this.customizers = customizers;
		List<ConfigurationProperty> unknown = this.keys.unknown();
		if (!unknown.isEmpty()) {
			throw new UnknownWorkerPoolPropertyException(unknown);
		}
		this.defaults = bind(ConfiguredKeys.DEFAULTS);
	}

	/**
	 * Names of the configured pools.
	 * @return the names, sorted
	 */
	SortedSet<String> poolNames() {
		return this.keys.poolNames();
	}

	/**
	 * Makes the settings of a pool, configured or not.
	 * @param name its name
	 * @return the settings
	 * @throws InvalidConfigurationPropertyValueException if they make no sense
	 */
	PoolSettings settings(String name) {
		checkName(name);
		BoundPool pool = bind(ConfiguredKeys.POOLS.append(name));
		PoolSettings.Builder customized = builder(name, pool);
		this.customizers.forEach((customizer) -> customizer.customize(name, customized));
		try {
			return customized.build();
		}
		catch (InvalidPoolSettingException ex) {
			throw complaint(ex, pool, isFaultOfCustomizers(ex, name, pool));
		}
	}

	/**
	 * Turns a complaint about a setting into one about the key it came from.
	 * @param complaint the complaint
	 * @return the same for the reader of the configuration
	 */
	InvalidConfigurationPropertyValueException complaint(InvalidPoolSettingException complaint) {
		BoundPool pool = bind(ConfiguredKeys.POOLS.append(complaint.pool()));
		return complaint(complaint, pool, false);
	}

	private BoundPool bind(ConfigurationPropertyName group) {
		return BoundPool.bind(this.binder, group, this.keys.find(group).filter(ConfiguredKeys::isEmpty).isPresent(),
				this.keys.environmentVariables(group, this.environment));
	}

	private PoolSettings.Builder builder(String name, BoundPool pool) {
		PoolSettings.Builder inherited = PoolSettings.builder(name);
		this.defaults.applyTo(inherited);
		PoolSettings.Builder builder = PoolSettings.builder(name).inherit(inherited);
		pool.applyTo(builder);
		return builder;
	}

	private void checkName(String name) {
		try {
			PoolSettings.builder(name).build();
		}
		catch (InvalidPoolSettingException ex) {
			String key = poolNames().contains(name) ? ConfiguredKeys.POOLS + "." + name
					: ConfiguredKeys.ROOT + ".default-pool";
			throw new InvalidConfigurationPropertyValueException(key, name, sentence(ex.reason()), ex);
		}
	}

	/** Without customizers there would be no complaint, or another. */
	private boolean isFaultOfCustomizers(InvalidPoolSettingException complaint, String name, BoundPool pool) {
		if (this.customizers.isEmpty()) {
			return false;
		}
		try {
			builder(name, pool).build();
			return true;
		}
		catch (InvalidPoolSettingException ex) {
			return !Objects.equals(ex.getMessage(), complaint.getMessage());
		}
	}

	private InvalidConfigurationPropertyValueException complaint(InvalidPoolSettingException ex, BoundPool pool,
			boolean customized) {
		ConfigurationPropertyName key = (!pool.sets(ex.key()) && this.defaults.sets(ex.key()))
				? ConfiguredKeys.DEFAULTS.append(ex.key()) : pool.group().append(ex.key());
		Optional<ConfigurationProperty> written = customized ? Optional.empty() : this.keys.find(key);
		StringBuilder reason = new StringBuilder(sentence(ex.reason()));
		if (customized) {
			reason.append(" It was set by a WorkerPoolCustomizer: ")
				.append(this.customizers.stream()
					.map((customizer) -> customizer.getClass().getName())
					.collect(Collectors.joining(", ")))
				.append('.');
		}
		else if (!pool.group().isAncestorOf(key)) {
			reason.append(" Found while pool '").append(ex.pool()).append("' took over the defaults.");
		}
		written.filter((property) -> !ConfiguredKeys.written(property).equals(key.toString()))
			.ifPresent((property) -> reason.append(" It is written as '")
				.append(ConfiguredKeys.written(property))
				.append("' (")
				.append(property.getOrigin())
				.append(")."));
		Object value = written.<@Nullable Object>map(ConfigurationProperty::getValue).orElse(ex.value());
		return new InvalidConfigurationPropertyValueException(key.toString(), value, reason.toString(), ex);
	}

	private static String sentence(String reason) {
		String upper = Character.toUpperCase(reason.charAt(0)) + reason.substring(1);
		return upper.endsWith(".") ? upper : upper + ".";
	}

}
