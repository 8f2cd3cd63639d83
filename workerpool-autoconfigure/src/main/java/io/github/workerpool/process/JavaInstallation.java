package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;

/**
 * The Java installation that children run on. Immutable, but the files it names may
 * change: an update may replace an installation while this JVM runs on it, after which
 * children start on another version, or not at all.
 *
 * @param home the installation
 * @param feature feature version, 0 if it isn't known
 * @param identity changes when the installation does
 */
record JavaInstallation(Path home, int feature, String identity) {

	private static final int LEAST_FEATURE = 17;

	private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d+).*\"");

	/**
	 * Looks at an installation.
	 * @param home where it is, {@code null} for the one this JVM runs on
	 * @return the installation
	 */
	static JavaInstallation of(@Nullable Path home) {
		Path own = Path.of(System.getProperty("java.home"));
		Path found = (home != null) ? home.toAbsolutePath().normalize() : own;
		int feature = found.equals(own) ? Runtime.version().feature() : release(found);
		return new JavaInstallation(found, feature, identity(found));
	}

	private static int release(Path home) {
		return ControlGroup.lines(home.resolve("release"))
			.stream()
			.map(VERSION::matcher)
			.filter(Matcher::matches)
			.map((matcher) -> Integer.parseInt(matcher.group(1)))
			.findFirst()
			.orElse(0);
	}

	/**
	 * Cheap enough to be asked at every launch.
	 */
	private static String identity(Path home) {
		return stamp(home.resolve("lib").resolve("modules")) + " " + stamp(home.resolve("release"));
	}

	private static String stamp(Path file) {
		try {
			BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
			return attributes.size() + "@" + attributes.lastModifiedTime().toMillis();
		}
		catch (IOException ex) {
			return "missing";
		}
	}

	boolean hasChanged() {
		return !identity(this.home).equals(this.identity);
	}

	/**
	 * The program to run.
	 * @return its path
	 * @throws WorkerStartException if it isn't there or can't be used
	 */
	Path executable() {
		Path executable = this.home.resolve("bin").resolve(Signals.isWindows() ? "java.exe" : "java");
		if (!Files.isExecutable(executable)) {
			throw new WorkerStartException(
					"Can't start child JVMs: '%s' is missing or not executable. %s".formatted(executable, hint()),
					null);
		}
		if (this.feature > 0 && this.feature < LEAST_FEATURE) {
			throw new WorkerStartException(
					"Can't start child JVMs: '%s' is Java %d, but at least %d is needed. Set 'process.java-home' to a newer one, or leave it out to use this JVM's own"
						.formatted(this.home, this.feature, LEAST_FEATURE),
					null);
		}
		return executable;
	}

	/**
	 * What to do if a child can't be started on this installation.
	 */
	String hint() {
		if (hasChanged()) {
			return "The Java installation '%s' was changed or removed since this application started: restart the application, or set 'process.java-home'"
				.formatted(this.home);
		}
		return "Set 'process.java-home' to a Java installation";
	}

}
