package io.github.workerpool.process;

import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSettings.ResourceLimits;
import org.jspecify.annotations.Nullable;

/**
 * The JVM options of a pool's children: what is inherited, then a child's own defaults,
 * then the pool's limits, then what the user says, so that the user has the last word.
 *
 * @param all the options, in order, but for those of a single child
 */
record JvmOptions(List<String> all) {

	private static final String LOGGING = "io/github/workerpool/process/child/";

	private static final Pattern COLLECTOR = Pattern.compile("-XX:[+-]Use(?:\\w+)GC");

	private static final Pattern SIZE = Pattern
		.compile("-X(?:mx|ms|mn|ss).*|-XX:(?:Max|Initial|Min|New|Reserved|Thread)\\w*(?:Size|Percentage)=.*|-D.*");

	private static final Pattern ARCHIVE = Pattern.compile(
			"-Xshare.*|-XX:[+-]?(?:SharedArchiveFile|ArchiveClassesAtExit|AutoCreateSharedArchive|AOT\\w*|SharedClassListFile)(?:=.*)?");

	/**
	 * Below this the JVM refuses to start on one system or another. The thread that runs
	 * tasks gets the exact size all the same, as it is made with it.
	 */
	private static final long LEAST_STACK = 512L << 10;

	static JvmOptions of(PoolSettings settings, InheritedOptions inherited, long heap, boolean aotLog) {
		List<String> user = settings.process().jvmArgs();
		List<String> options = new ArrayList<>(inherited.kept());
		if (user.stream().noneMatch((option) -> COLLECTOR.matcher(option).matches())) {
			// contradicting the user's choice would keep the JVM from starting
			options.add("-XX:+UseSerialGC");
		}
		options.add("-XX:ActiveProcessorCount=1");
		// Without a safepoint in counted loops, one that runs for seconds delays halting,
		// heartbeats and everything else until it ends. With the serial collector the JVM
		// then checks in every iteration, which costs; G1 checks in every thousandth.
		options.add("-XX:+UseCountedLoopSafepoints");
		options.add("-XX:LoopStripMiningIter=1000");
		options.add("-Djava.awt.headless=true");
		if (settings.process().javaHome() == null) {
			selectorProvider(options);
		}
		// The application's own would have children write its log files
		options.add("-Dlogback.configurationFile=" + LOGGING + "logback-child.xml");
		options.add("-Dlog4j2.configurationFile=classpath:" + LOGGING + "log4j2-child.xml");
		// It would strike before the child could say what has run out, and where; and it
		// would not let a task handle that itself. Whichever thread it is that runs out,
		// a child ends all the same: see what runs its tasks
		options.add("-XX:-ExitOnOutOfMemoryError");
		// What the JVM says of its end belongs to the lines that a report shows
		options.add("-XX:+DisplayVMOutputToStderr");
		options.add("-Xlog:disable");
		options.add("-Xlog:all=warning:stderr:level,tags");
		options.add("-Xlog:cds=off:stderr");
		options.add("-Xlog:cds+dynamic=off:stderr");
		if (aotLog) {
			options.add("-Xlog:aot=off:stderr");
		}
		// Leaves a file behind in a JVM that is killed
		options.add("-XX:-UsePerfData");
		limits(options, settings.resourceLimits(), heap);
		options.addAll(user);
		return new JvmOptions(List.copyOf(options));
	}

	/**
	 * Has a child take what the JDK would choose: it would look into all jars on the
	 * class path for something better, at its first socket.
	 */
	private static void selectorProvider(List<String> options) {
		Class<?> provider = SelectorProvider.provider().getClass();
		if (provider.getModule() == Object.class.getModule()) {
			options.add("-Djava.nio.channels.spi.SelectorProvider=" + provider.getName());
		}
	}

	private static void limits(List<String> options, ResourceLimits limits, long heap) {
		options.add("-Xmx" + kilobytes(heap));
		add(options, "-Xmn", limits.maxYoungSize());
		Long stack = limits.stackSize();
		add(options, "-Xss", (stack != null) ? Long.valueOf(Math.max(stack, LEAST_STACK)) : null);
		add(options, "-XX:ReservedCodeCacheSize=", limits.reservedCodeCacheSize());
		add(options, "-XX:MaxMetaspaceSize=", limits.maxMetaspaceSize());
		add(options, "-XX:MaxDirectMemorySize=", limits.maxDirectMemorySize());
	}

	private static void add(List<String> options, String option, @Nullable Long bytes) {
		if (bytes != null) {
			options.add(option + kilobytes(bytes));
		}
	}

	private static String kilobytes(long bytes) {
		return (bytes >> 10) + "k";
	}

	/**
	 * Options that name files of a single child. They come before the others, so that the
	 * user's own win.
	 */
	static List<String> filesOf(Path child) {
		return List.of("-XX:ErrorFile=" + PoolDirectory.errorFile(child),
				"-XX:ReplayDataFile=" + child.resolve("replay.log"));
	}

	/**
	 * Where the JVM of a child writes its error file.
	 */
	Path errorFile(Path child, long pid) {
		Path file = PoolDirectory.errorFile(child);
		for (String option : this.all) {
			if (option.startsWith("-XX:ErrorFile=")) {
				file = Path.of(option.substring("-XX:ErrorFile=".length()).replace("%p", Long.toString(pid)));
			}
		}
		return file;
	}

	/**
	 * Tells whether the user takes care of archives of classes.
	 */
	boolean nameAnArchive() {
		return this.all.stream().anyMatch((option) -> ARCHIVE.matcher(option).matches());
	}

	/**
	 * Options on which the contents of an archive of classes depend.
	 */
	List<String> shapingArchives() {
		return this.all.stream().filter((option) -> !SIZE.matcher(option).matches()).toList();
	}

}
