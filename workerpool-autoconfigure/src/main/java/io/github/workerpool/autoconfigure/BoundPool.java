package io.github.workerpool.autoconfigure;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.autoconfigure.WorkerPoolProperties.Pool;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.convert.ConverterNotFoundException;

/**
 * Values of one group of pool keys, with the knowledge of which of them were set.
 *
 * @param group where the keys are: a pool, or the defaults
 * @param values the values
 * @param set full names of what was set
 */
record BoundPool(ConfigurationPropertyName group, Pool values, Set<ConfigurationPropertyName> set) {

	/**
	 * Binds a group.
	 * @param binder what to bind with
	 * @param group where the keys are
	 * @param maybeEmpty whether the group itself is written, without a value: a bare
	 * {@code images:} in YAML
	 * @param environmentVariables values of {@value PoolProperty#ENVIRONMENT}
	 * @return the values
	 */
	static BoundPool bind(Binder binder, ConfigurationPropertyName group, boolean maybeEmpty,
			Map<String, String> environmentVariables) {
		Pool values = new Pool();
		Recorder recorder = new Recorder(group, maybeEmpty);
		binder.bind(group, Bindable.ofInstance(values), recorder);
		values.getProcess().getEnvironment().clear();
		values.getProcess().getEnvironment().putAll(environmentVariables);
		return new BoundPool(group, values, recorder.set);
	}

	boolean sets(String key) {
		return this.set.contains(this.group.append(key));
	}

	void applyTo(PoolSettings.Builder settings) {
		for (PoolProperty<?> property : PoolProperty.ALL) {
			if (sets(property.key())) {
				property.transfer(this.values, settings);
			}
		}
	}

	/**
	 * Remembers what was bound.
	 */
	private static final class Recorder implements BindHandler {

		private final ConfigurationPropertyName group;

		private final boolean maybeEmpty;

		private final Set<ConfigurationPropertyName> set = new HashSet<>();

		Recorder(ConfigurationPropertyName group, boolean maybeEmpty) {
			this.group = group;
			this.maybeEmpty = maybeEmpty;
		}

		@Override
		public Object onSuccess(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				Object result) {
			this.set.add(name);
			return result;
		}

		@Override
		public @Nullable Object onFailure(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				Exception error) throws Exception {
			if (this.maybeEmpty && name.equals(this.group) && error instanceof ConverterNotFoundException) {
				return null;
			}
			throw error;
		}

	}

}
