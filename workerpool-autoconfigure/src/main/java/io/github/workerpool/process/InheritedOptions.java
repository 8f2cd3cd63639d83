package io.github.workerpool.process;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which of this JVM's options its children get. A second JVM with the same debug or JMX
 * port can't start, an agent that is attached twice doubles what it reports, a second
 * recording or log file overwrites the first, two collectors contradict each other, and a
 * heap made for the application is not one for a worker. So options are not inherited
 * unless they are known to do no harm and to matter to the code that tasks run: access to
 * modules, assertions, and those system properties that the JDK itself reads. Properties
 * of the application travel by another way.
 * <p>
 * What stands in {@code JAVA_TOOL_OPTIONS} and its like has become an option of this JVM
 * and is judged in the same way.
 *
 * @param kept the options for children, in order
 * @param dropped the others
 */
record InheritedOptions(List<String> kept, List<String> dropped) {

	private static final Set<String> FLAGS = Set.of("--enable-preview", "-ea", "-da", "-esa", "-dsa",
			"-enableassertions", "-disableassertions", "-enablesystemassertions", "-disablesystemassertions");

	/**
	 * Modules of an application are on the children's class path; what is said of them
	 * would only draw warnings.
	 */
	private static final Pattern MODULE_ACCESS = Pattern.compile("--add-(?:opens|exports|reads)=(?:java|jdk)\\..*");

	private static final Pattern MODULES = Pattern
		.compile("--add-modules=(?:(?:java|jdk)\\.[\\w.]+|ALL-DEFAULT|ALL-SYSTEM)(?:,(?:java|jdk)\\.[\\w.]+)*");

	private static final Pattern OTHERS = Pattern
		.compile("-(?:ea|da|enableassertions|disableassertions):.*|--enable-native-access=ALL-UNNAMED"
				+ "|--(?:illegal-native-access|sun-misc-unsafe-memory-access|illegal-access)=.*|-Xbootclasspath/a:.*");

	/** Read by the JDK's own libraries, and so part of how code behaves. */
	private static final Pattern PROPERTY = Pattern.compile(
			"-D(?:java|javax|jdk|sun|com\\.sun|user|file|stdout|stderr|http|https|ftp|jna|socksProxy\\w+)(?:\\..*|=.*)");

	private static final Pattern HARMFUL_PROPERTY = Pattern
		.compile("-D(?:com\\.sun\\.management|sun\\.management|sun\\.jvmstat|java\\.rmi\\.server|java\\.util\\.logging"
				+ "|java\\.class\\.path|java\\.security\\.manager|java\\.system\\.class\\.loader|jdk\\.module|jdk\\.internal"
				+ "|sun\\.java)(?:[.=].*|$)");

	static InheritedOptions ofThisJvm() {
		return of(ManagementFactory.getRuntimeMXBean().getInputArguments());
	}

	static InheritedOptions of(List<String> options) {
		List<String> kept = new ArrayList<>();
		List<String> dropped = new ArrayList<>();
		for (String option : options) {
			(isKept(option) ? kept : dropped).add(option);
		}
		return new InheritedOptions(List.copyOf(kept), List.copyOf(dropped));
	}

	/**
	 * Options as they may be shown: the values of properties may be secret.
	 */
	static List<String> withoutValues(List<String> options) {
		return options.stream()
			.map((option) -> option.startsWith("-D") ? option.replaceFirst("(?s)=.*", "") : option)
			.toList();
	}

	private static boolean isKept(String option) {
		if (option.startsWith("-D")) {
			return PROPERTY.matcher(option).matches() && !HARMFUL_PROPERTY.matcher(option).matches();
		}
		return FLAGS.contains(option) || MODULE_ACCESS.matcher(option).matches() || MODULES.matcher(option).matches()
				|| OTHERS.matcher(option).matches();
	}

}
