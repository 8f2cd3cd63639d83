package io.github.workerpool.process;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Where children find their classes: where this JVM finds them, however it was started.
 * <ul>
 * <li>Plain: the class path of this JVM, which is that of an IDE, of
 * {@code mvn spring-boot:run}, of the extracted layout, or of Surefire. What class
 * loaders of a web container or of a module path add comes after it.
 * <li>Executable jar: classes lie in a jar, libraries in jars in that jar, and only
 * Boot's class loader finds them. Children are started through Boot's
 * {@code PropertiesLauncher}, which, unlike the launcher of the application, can be told
 * the main class.
 * </ul>
 * Of devtools' restart class loader nothing need be known: all it loads lies on the class
 * path. Immutable.
 *
 * @param entries the class path of a child's command
 * @param launched whether Boot's launcher finds the classes
 * @param launcherOptions options for that launcher
 * @param elements where the classes really lie, in order
 */
record ChildClassPath(List<Path> entries, boolean launched, List<String> launcherOptions, List<Element> elements) {

	private static final String LAUNCHED_CLASS_LOADER = "org.springframework.boot.loader.launch.LaunchedClassLoader";

	private static final String LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";

	private static final Pattern NESTED = Pattern.compile("jar:nested:(?<archive>[^!]+)/!(?<entry>[^!]+)(?:!/)?");

	private static final Pattern JAR = Pattern.compile("jar:(?<file>file:[^!]+)!/");

	private static final List<String> INHERITED_LAUNCHER_PROPERTIES = List.of("loader.path", "loader.home",
			"loader.config.name", "loader.config.location");

	static ChildClassPath ofThisJvm() {
		List<ClassLoader> loaders = Stream
			.of(ChildClassPath.class.getClassLoader(), Thread.currentThread().getContextClassLoader())
			.flatMap(ChildClassPath::upToSystem)
			.distinct()
			.toList();
		return of(System.getProperties(), loaders);
	}

	private static Stream<ClassLoader> upToSystem(@Nullable ClassLoader loader) {
		ClassLoader system = ClassLoader.getSystemClassLoader();
		return Stream.<ClassLoader>iterate(loader, (next) -> next != null && next != system, ClassLoader::getParent);
	}

	static ChildClassPath of(Properties properties, Collection<ClassLoader> loaders) {
		Set<Path> entries = new LinkedHashSet<>(paths(properties, "surefire.test.class.path"));
		if (entries.isEmpty()) {
			entries.addAll(paths(properties, "java.class.path"));
		}
		entries.addAll(paths(properties, "jdk.module.path"));
		List<Element> nested = new ArrayList<>();
		boolean launched = false;
		for (ClassLoader loader : loaders) {
			if (loader instanceof URLClassLoader withUrls) {
				List<Element> elements = elements(withUrls.getURLs());
				if (loader.getClass().getName().equals(LAUNCHED_CLASS_LOADER)) {
					launched = true;
					nested.addAll(elements);
				}
				else {
					elements.stream()
						.filter((element) -> element.entry() == null)
						.map(Element::file)
						.forEach(entries::add);
				}
			}
		}
		if (!launched) {
			return new ChildClassPath(List.copyOf(entries), false, List.of(),
					entries.stream().map((path) -> new Element(path, null)).toList());
		}
		return new ChildClassPath(List.copyOf(entries), true, launcherOptions(properties, nested), nested);
	}

	private static List<String> launcherOptions(Properties properties, List<Element> nested) {
		List<String> options = new ArrayList<>();
		for (String name : INHERITED_LAUNCHER_PROPERTIES) {
			String value = properties.getProperty(name);
			if (value != null) {
				options.add("-D" + name + "=" + value);
			}
		}
		boolean webArchive = nested.stream()
			.anyMatch((element) -> element.entry() != null && element.entry().startsWith("WEB-INF/"));
		if (webArchive && properties.getProperty("loader.path") == null) {
			options.add("-Dloader.path=WEB-INF/classes,WEB-INF/lib,WEB-INF/lib-provided");
		}
		return List.copyOf(options);
	}

	private static List<Path> paths(Properties properties, String name) {
		String value = properties.getProperty(name);
		if (value == null) {
			return List.of();
		}
		List<Path> paths = new ArrayList<>();
		for (String entry : value.split(Pattern.quote(File.pathSeparator))) {
			try {
				// relative to where this JVM was started; an empty one is that directory
				paths.add(Path.of(entry).toAbsolutePath().normalize());
			}
			catch (InvalidPathException ex) {
				// this JVM can't have used it either
			}
		}
		return paths;
	}

	private static List<Element> elements(URL[] urls) {
		List<Element> elements = new ArrayList<>();
		for (URL url : urls) {
			Element element = element(url.toString());
			if (element != null) {
				elements.add(element);
			}
		}
		return elements;
	}

	/**
	 * Understands {@code file:/dir/}, {@code file:/some.jar},
	 * {@code jar:file:/some.jar!/} and Boot's {@code jar:nested:/some.jar/!entry!/}.
	 */
	static @Nullable Element element(String url) {
		Matcher nested = NESTED.matcher(url);
		if (nested.matches()) {
			Path archive = path("file:" + nested.group("archive"));
			return (archive != null) ? new Element(archive, nested.group("entry")) : null;
		}
		Matcher jar = JAR.matcher(url);
		Path path = path(jar.matches() ? jar.group("file") : url);
		return (path != null) ? new Element(path, null) : null;
	}

	private static @Nullable Path path(String fileUrl) {
		if (!fileUrl.startsWith("file:")) {
			return null;
		}
		try {
			// not all that make such addresses encode blanks
			return Path.of(new URI(fileUrl.replace(" ", "%20"))).toAbsolutePath().normalize();
		}
		catch (URISyntaxException | IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * The part of a command that starts a class.
	 * @param mainClass the class
	 * @return the arguments
	 */
	List<String> commandFor(String mainClass) {
		List<String> command = new ArrayList<>(List.of("-cp", join(this.entries)));
		if (this.launched) {
			command.addAll(this.launcherOptions);
			command.add("-Dloader.main=" + mainClass);
			command.add(LAUNCHER);
		}
		else {
			command.add(mainClass);
		}
		return command;
	}

	static String join(Collection<Path> entries) {
		return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
	}

	/**
	 * One place where classes lie.
	 *
	 * @param file a directory or a jar
	 * @param entry a directory or a jar inside that jar, if they lie there
	 */
	record Element(Path file, @Nullable String entry) {

	}

}
