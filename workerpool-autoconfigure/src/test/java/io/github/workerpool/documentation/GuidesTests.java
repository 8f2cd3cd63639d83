package io.github.workerpool.documentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the README and the guides name: links, keys and methods exist.
 */
class GuidesTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");

	private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

	/** A key of a pool, whole in its code span; one that ends with a star is a group. */
	private static final Pattern KEY = Pattern
		.compile("`((?:queue|task|resource-limits|restart|recycle|process)\\.[a-z.-]+[a-z*])(?:: [^`]*)?`");

	private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9.-]+)` \\|", Pattern.MULTILINE);

	/** A member of a type, and not of a class of that name elsewhere. */
	private static final Pattern MEMBER = Pattern.compile("(?<![\\w.])([A-Z]\\w+)\\.([a-z]\\w+)(?=[(`])");

	private static final List<String> PACKAGES = List.of("io.github.workerpool.", "io.github.workerpool.message.",
			"io.github.workerpool.memory.", "io.github.workerpool.factory.");

	static Stream<Path> guides() throws IOException {
		try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
			List<Path> guides = docs.filter((path) -> path.toString().endsWith(".md")).sorted().toList();
			assertThat(guides).isNotEmpty();
			return Stream.concat(Stream.of(ROOT.resolve("README.md")), guides.stream());
		}
	}

	@ParameterizedTest
	@MethodSource("guides")
	void linksLeadSomewhere(Path guide) throws IOException {
		Matcher link = LINK.matcher(Files.readString(guide));
		while (link.find()) {
			if (link.group(1).contains(":")) {
				continue;
			}
			Path target = link.group(1).isEmpty() ? guide : guide.resolveSibling(link.group(1));
			assertThat(target).exists();
			if (link.group(2) != null) {
				assertThat(anchors(target)).as("headings of %s", target).contains(link.group(2));
			}
		}
	}

	@ParameterizedTest
	@MethodSource("guides")
	void keysExist(Path guide) throws IOException {
		Set<String> keys = documentedKeys();
		Matcher key = KEY.matcher(Files.readString(guide));
		while (key.find()) {
			String named = key.group(1);
			assertThat(keys).as("keys, to find '%s'", named)
				.anyMatch((known) -> named.endsWith("*") ? known.startsWith(named.substring(0, named.length() - 1))
						: known.equals(named));
		}
	}

	@ParameterizedTest
	@MethodSource("guides")
	void membersOfTypesExist(Path guide) throws IOException {
		Matcher member = MEMBER.matcher(Files.readString(guide));
		while (member.find()) {
			type(member.group(1)).ifPresent((type) -> assertThat(type.getMethods()).as("methods of %s", type)
				.extracting("name")
				.contains(member.group(2)));
		}
	}

	/** The rows of the README's table, which has tests of its own. */
	private static Set<String> documentedKeys() throws IOException {
		Set<String> keys = new TreeSet<>();
		Matcher row = ROW.matcher(Files.readString(ROOT.resolve("README.md")));
		while (row.find()) {
			keys.add(row.group(1));
		}
		return keys;
	}

	private static Optional<Class<?>> type(String name) {
		for (String each : PACKAGES) {
			try {
				return Optional.of(Class.forName(each + name));
			}
			catch (ClassNotFoundException ex) {
				// Then it is in another one, or none of ours
			}
		}
		return Optional.empty();
	}

	/** As they are made of headings by those who show the guides. */
	private static Set<String> anchors(Path guide) {
		try {
			Set<String> anchors = new TreeSet<>();
			Matcher heading = HEADING.matcher(Files.readString(guide));
			while (heading.find()) {
				anchors.add(heading.group(1).toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-'));
			}
			return anchors;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
