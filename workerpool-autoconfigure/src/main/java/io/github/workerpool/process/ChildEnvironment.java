package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The environment of a child. It is this JVM's, less what would change how a JVM starts,
 * plus what makes a child know its parent and makes what it starts recognisable as its
 * own.
 *
 * @param parent the JVM that launched this one
 * @param mark value of {@link #MARK}, unlike that of any other child
 * @param directory the child's own directory
 * @since 0.1.0
 */
public record ChildEnvironment(ProcessIdentity parent, String mark, Path directory) {

	/**
	 * Variable that every process of one child has, and no other.
	 */
	public static final String MARK = "WORKERPOOL_WORKER";

	static final String PARENT = "WORKERPOOL_PARENT";

	static final String DIRECTORY = "WORKERPOOL_DIRECTORY";

	/**
	 * Read by every JVM. What of them does no harm to a child is among its options.
	 */
	private static final Set<String> JVM = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
			"JDK_AOT_VM_OPTIONS");

	/**
	 * Read by the launcher of an executable jar, which is told by properties what to
	 * start.
	 */
	private static final Set<String> LOADER = Set.of("loader.main", "loader.args");

	/**
	 * Changes an environment that was inherited into that of a child.
	 * @param environment the environment
	 * @param settings further variables, from the pool's settings
	 * @param spec further variables, which win
	 */
	void applyTo(Map<String, String> environment, Map<String, String> settings, Map<String, String> spec) {
		environment.keySet().removeIf((name) -> JVM.contains(name) || isOfLoader(name));
		environment.putAll(settings);
		environment.putAll(spec);
		environment.put(MARK, this.mark);
		environment.put(PARENT, this.parent.toString());
		environment.put(DIRECTORY, this.directory.toAbsolutePath().toString());
	}

	private static boolean isOfLoader(String name) {
		return LOADER.contains(name.toLowerCase(Locale.ROOT).replace('_', '.'));
	}

	/**
	 * The environment this JVM was given, if it is a child.
	 * @return the environment, {@code null} if this JVM is no child
	 */
	public static @Nullable ChildEnvironment own() {
		return of(System.getenv());
	}

	static @Nullable ChildEnvironment of(Map<String, String> environment) {
		String mark = environment.get(MARK);
		String parent = environment.get(PARENT);
		String directory = environment.get(DIRECTORY);
		if (mark == null || parent == null || directory == null) {
			return null;
		}
		return new ChildEnvironment(ProcessIdentity.parse(parent), mark, Path.of(directory));
	}

	/**
	 * Removes the child's directory, and the pool's if it was the last in it: for a child
	 * whose parent can't do it any more.
	 */
	public void removeDirectory() {
		PoolDirectory.deleteTree(this.directory);
		Path pool = this.directory.getParent();
		if (pool != null && pool.getFileName().toString().startsWith(PoolDirectory.PREFIX)) {
			try {
				Files.deleteIfExists(pool);
			}
			catch (IOException ex) {
				// there are other children
			}
		}
	}

}
