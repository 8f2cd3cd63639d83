package io.github.workerpool.autoconfigure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * What the environment says below {@code workerpool}: which pools there are, which keys
 * nobody knows, where a value comes from. Looks at names only; values are for the binder.
 * <p>
 * Environment variables need care. They can't say where a dash was, so that
 * {@code WORKERPOOL_POOLS_IMAGE_RESIZE_SIZE} is about {@code image-resize} only if a pool
 * of that name is configured elsewhere; else a pool {@code image} would spring up. And
 * other systems set variables by their own rules ({@code WORKERPOOL_PORT}, if a container
 * of that name is linked), so that unknown ones count as mistakes only within a group of
 * ours.
 */
final class ConfiguredKeys {

	static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("workerpool");

	static final ConfigurationPropertyName DEFAULTS = ROOT.append("defaults");

	static final ConfigurationPropertyName POOLS = ROOT.append("pools");

	private static final String ENVIRONMENT_INFIX = "_PROCESS_ENVIRONMENT_";

	/** Index of the element that is the name of a pool. */
	private static final int NAME = 2;

	private static final Set<String> TOP_LEVEL = Set.of("enabled", "default-pool", "process.max-children",
			"process.memory-check");

	private final List<ConfigurationPropertySource> sources = new ArrayList<>();

	private final List<ConfigurationProperty> properties = new ArrayList<>();

	private final List<ConfigurationProperty> variables = new ArrayList<>();

	private final SortedSet<String> poolNames;

	ConfiguredKeys(Environment environment) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			this.sources.add(source);
			if (source instanceof IterableConfigurationPropertySource iterable) {
				collect(iterable, isSystemEnvironment(source) ? this.variables : this.properties);
			}
		}
		this.poolNames = findPoolNames();
	}

	private static void collect(IterableConfigurationPropertySource source, List<ConfigurationProperty> found) {
		source.stream().filter(ROOT::isAncestorOf).forEach((name) -> {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				found.add(property);
			}
		});
	}

	private static boolean isSystemEnvironment(ConfigurationPropertySource source) {
		return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
	}

	/**
	 * Names of the configured pools as they are written, valid or not.
	 * @return the names, sorted
	 */
	SortedSet<String> poolNames() {
		return this.poolNames;
	}

	private SortedSet<String> findPoolNames() {
		Map<String, String> byUniformName = new TreeMap<>();
		for (ConfigurationProperty property : this.properties) {
			if (POOLS.isAncestorOf(property.getName())) {
				String name = property.getName().getElement(NAME, Form.ORIGINAL);
				// 'image-resize' and 'imageresize' are one to the binder: the more
				// telling name wins
				byUniformName.merge(uniform(name), name, (one, other) -> (one.length() < other.length()) ? other : one);
			}
		}
		Set<String> elsewhere = Set.copyOf(byUniformName.keySet());
		for (ConfigurationProperty variable : this.variables) {
			ConfigurationPropertyName name = variable.getName();
			if (POOLS.isAncestorOf(name) && !isKeyOfPool(name, elsewhere) && isKnown(tail(name, NAME + 1))) {
				String poolName = name.getElement(NAME, Form.UNIFORM);
				byUniformName.putIfAbsent(poolName, poolName);
			}
		}
		return new TreeSet<>(byUniformName.values());
	}

	/**
	 * Keys that mean nothing to anybody.
	 * @return the properties with those keys, in the order of their sources
	 */
	List<ConfigurationProperty> unknown() {
		List<ConfigurationProperty> unknown = new ArrayList<>();
		Set<ConfigurationPropertyName> seen = new LinkedHashSet<>();
		Stream
			.concat(this.properties.stream().filter((property) -> !isKnown(property)),
					this.variables.stream().filter((variable) -> !isKnownVariable(variable.getName())))
			.filter((property) -> seen.add(property.getName()))
			.forEach(unknown::add);
		return unknown;
	}

	private boolean isKnown(ConfigurationProperty property) {
		ConfigurationPropertyName name = property.getName();
		if (DEFAULTS.isAncestorOf(name)) {
			return isKnown(name, DEFAULTS);
		}
		if (POOLS.isAncestorOf(name)) {
			return (name.getNumberOfElements() > NAME + 1) ? isKnown(name, name.chop(NAME + 1)) : isEmpty(property);
		}
		return ((name.equals(DEFAULTS) || name.equals(POOLS)) && isEmpty(property))
				|| TOP_LEVEL.stream().anyMatch((key) -> ROOT.append(key).equals(name));
	}

	private static boolean isKnown(ConfigurationPropertyName name, ConfigurationPropertyName group) {
		return PoolProperty.ALL.stream().anyMatch((property) -> {
			ConfigurationPropertyName key = group.append(property.key());
			return key.equals(name) || switch (property.shape()) {
				case VALUE -> false;
				case LIST -> key.isParentOf(name) && name.isLastElementIndexed();
				case MAP -> key.isAncestorOf(name);
			};
		});
	}

	/** A bare {@code images:} in YAML is a pool that has nothing to say. */
	static boolean isEmpty(ConfigurationProperty property) {
		return property.getValue().toString().isEmpty();
	}

	private boolean isKnownVariable(ConfigurationPropertyName name) {
		if (DEFAULTS.isAncestorOf(name)) {
			return isKnown(tail(name, 2));
		}
		if (POOLS.isAncestorOf(name)) {
			return isKeyOfPool(name, this.poolNames.stream().map(ConfiguredKeys::uniform).toList());
		}
		return true;
	}

	private static boolean isKeyOfPool(ConfigurationPropertyName name, Iterable<String> uniformPoolNames) {
		String tail = tail(name, NAME);
		for (String poolName : uniformPoolNames) {
			if (tail.startsWith(poolName) && isKnown(tail.substring(poolName.length()))) {
				return true;
			}
		}
		return false;
	}

	private static boolean isKnown(String uniformTail) {
		return PoolProperty.ALL.stream().anyMatch((property) -> {
			String key = uniform(property.key());
			return uniformTail.startsWith(key) && switch (property.shape()) {
				case VALUE -> uniformTail.length() == key.length();
				case LIST -> uniformTail.substring(key.length()).chars().allMatch(Character::isDigit);
				case MAP -> true;
			};
		});
	}

	/**
	 * Environment variables for the children of a pool. The binder would lower their case
	 * and take underscores for dots where they come from environment variables
	 * themselves.
	 * @param group the pool, or the defaults
	 * @param environment resolves placeholders
	 * @return the variables
	 */
	Map<String, String> environmentVariables(ConfigurationPropertyName group, Environment environment) {
		ConfigurationPropertyName parent = group.append(PoolProperty.ENVIRONMENT);
		String uniformParent = tail(parent, 0);
		Map<String, String> found = new LinkedHashMap<>();
		for (ConfigurationPropertySource source : this.sources) {
			List<ConfigurationProperty> candidates = new ArrayList<>();
			if (source instanceof IterableConfigurationPropertySource iterable) {
				collect(iterable, candidates);
			}
			for (ConfigurationProperty candidate : candidates) {
				String key = isSystemEnvironment(source) ? variableName(candidate, uniformParent)
						: propertyName(candidate.getName(), parent);
				if (key != null) {
					found.putIfAbsent(key, environment.resolvePlaceholders(candidate.getValue().toString()));
				}
			}
		}
		return found;
	}

	private static @Nullable String propertyName(ConfigurationPropertyName name, ConfigurationPropertyName parent) {
		if (!parent.isAncestorOf(name)) {
			return null;
		}
		StringBuilder key = new StringBuilder();
		for (int i = parent.getNumberOfElements(); i < name.getNumberOfElements(); i++) {
			key.append(key.isEmpty() ? "" : ".").append(name.getElement(i, Form.ORIGINAL));
		}
		return key.toString();
	}

	private static @Nullable String variableName(ConfigurationProperty variable, String uniformParent) {
		if (tail(variable.getName(), 0).startsWith(uniformParent)
				&& variable.getOrigin() instanceof PropertySourceOrigin origin) {
			String written = origin.getPropertyName();
			int infix = written.toUpperCase(Locale.ROOT).indexOf(ENVIRONMENT_INFIX);
			return (infix != -1) ? written.substring(infix + ENVIRONMENT_INFIX.length()) : null;
		}
		return null;
	}

	/**
	 * Finds what a key is set to.
	 * @param name the key
	 * @return the property that wins
	 */
	Optional<ConfigurationProperty> find(ConfigurationPropertyName name) {
		return this.sources.stream()
			.flatMap((source) -> Stream.ofNullable(source.getConfigurationProperty(name)))
			.findFirst();
	}

	/**
	 * Gives a key as its author wrote it.
	 * @param property the property
	 * @return the key
	 */
	static String written(ConfigurationProperty property) {
		return (property.getOrigin() instanceof PropertySourceOrigin origin) ? origin.getPropertyName()
				: property.getName().toString();
	}

	/**
	 * Guesses which key was meant by an unknown one.
	 * @param unknown the unknown key
	 * @return the nearest known key, if any is near
	 */
	static Optional<String> nearest(ConfigurationPropertyName unknown) {
		String written = unknown.toString();
		String lastWritten = unknown.getLastElement(Form.DASHED);
		List<String> known = knownKeys(unknown);
		Comparator<String> byDistance = Comparator.comparingInt((key) -> distance(written, key));
		return known.stream()
			.filter((key) -> distance(written, key) <= Math.max(2, lastWritten.length() / 3))
			.min(byDistance)
			.or(() -> known.stream()
				.filter((key) -> distance(lastWritten, key.substring(key.lastIndexOf('.') + 1)) <= 1)
				.min(byDistance));
	}

	private static List<String> knownKeys(ConfigurationPropertyName unknown) {
		List<String> known = new ArrayList<>();
		List<ConfigurationPropertyName> groups = new ArrayList<>();
		if (!POOLS.isAncestorOf(unknown)) {
			TOP_LEVEL.stream().sorted().map((key) -> ROOT + "." + key).forEach(known::add);
			groups.add(DEFAULTS);
		}
		if (!DEFAULTS.isAncestorOf(unknown) && unknown.getNumberOfElements() > NAME) {
			groups.add(POOLS.append(unknown.chop(NAME + 1).subName(NAME)));
		}
		groups.forEach((group) -> PoolProperty.ALL.forEach((property) -> known.add(group + "." + property.key())));
		return known;
	}

	private static int distance(String one, String other) {
		int[] previous = new int[other.length() + 1];
		for (int j = 0; j <= other.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= one.length(); i++) {
			int[] current = new int[other.length() + 1];
			current[0] = i;
			for (int j = 1; j <= other.length(); j++) {
				int replaced = previous[j - 1] + ((one.charAt(i - 1) == other.charAt(j - 1)) ? 0 : 1);
				current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
			}
			previous = current;
		}
		return previous[other.length()];
	}

	private static String tail(ConfigurationPropertyName name, int from) {
		StringBuilder tail = new StringBuilder();
		for (int i = from; i < name.getNumberOfElements(); i++) {
			tail.append(uniform(name.getElement(i, Form.UNIFORM)));
		}
		return tail.toString();
	}

	private static String uniform(String text) {
		StringBuilder uniform = new StringBuilder();
		text.toLowerCase(Locale.ROOT)
			.chars()
			.filter(Character::isLetterOrDigit)
			.forEach((c) -> uniform.append((char) c));
		return uniform.toString();
	}

}
