package io.github.workerpool.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where it is measured, and what.
 */
final class Machine {

	/** A library in the class path of the manifest, and its version. */
	private static final Pattern LIBRARY = Pattern.compile("lib/([a-zA-Z0-9-]+?)-(\\d[^/]*)\\.jar");

	private static final Map<String, String> PEERS = Map.of("spring-context", "Spring", "spring-boot", "Spring Boot",
			"resilience4j-bulkhead", "Resilience4j", "reactor-core", "Reactor", "jackson-databind", "Jackson");

	private static final int GIB = 30;

	private Machine() {
	}

	static Map<String, String> properties() {
		Map<String, String> properties = new LinkedHashMap<>();
		properties.put("processor", field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")));
		properties.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
		field("/proc/meminfo", "MemTotal").map((total) -> total.replaceAll("\\D", ""))
			.ifPresent((kib) -> properties.put("memory",
					String.format(Locale.ROOT, "%.0f GiB", Long.parseLong(kib) / (double) (1 << (GIB - 10)))));
		properties.put("system",
				field("/etc/os-release", "PRETTY_NAME").map((name) -> name.replace("\"", "") + ", ").orElse("")
						+ System.getProperty("os.name") + " " + System.getProperty("os.version"));
		properties.put("load at the start", System.getProperty("benchmarks.load", "unknown"));
		return properties;
	}

	/**
	 * The versions of all that is measured.
	 * @param benchmarks the directory of this module
	 * @param node the command that starts Node, or {@code null}
	 */
	static Map<String, String> versions(Path benchmarks, @Nullable String node) {
		Map<String, String> versions = new LinkedHashMap<>();
		versions.put("workerpool", revision(benchmarks));
		versions.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version") + ", "
				+ System.getProperty("java.vendor"));
		versions.putAll(libraries(Path.of(System.getProperty("java.class.path"))));
		if (node != null) {
			versions.put("Node", output(List.of(node, "--version")).orElse("unknown"));
			JsonNode dependencies = JsonMapper.shared()
				.readTree(benchmarks.resolve("node/package.json").toFile())
				.path("dependencies");
			dependencies.forEachEntry((name, version) -> versions
				.put(name.equals("workerpool") ? "workerpool.js" : name, version.asString()));
		}
		return versions;
	}

	private static String revision(Path directory) {
		String git = directory.toString();
		return output(List.of("git", "-C", git, "rev-parse", "--short=12", "HEAD")).map((revision) -> {
			// results of a run don't change what is measured
			boolean changed = output(List.of("git", "-C", git, "status", "--porcelain", "--", ":/",
					":(exclude,top)*.md", ":(exclude,top)*.svg"))
				.isPresent();
			return changed ? revision + ", with changes" : revision;
		}).orElse("unknown");
	}

	private static Map<String, String> libraries(Path jar) {
		Map<String, String> libraries = new LinkedHashMap<>();
		try (JarFile file = new JarFile(jar.toFile())) {
			Matcher library = LIBRARY.matcher(file.getManifest().getMainAttributes().getValue("Class-Path"));
			while (library.find()) {
				String peer = PEERS.get(library.group(1));
				if (peer != null) {
					libraries.put(peer, library.group(2));
				}
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("Expected one jar as class path, but it is '" + jar + "'", ex);
		}
		return libraries;
	}

	private static Optional<String> field(String file, String name) {
		try {
			return Files.readAllLines(Path.of(file))
				.stream()
				.map((line) -> line.split("[:=]", 2))
				.filter((parts) -> parts.length == 2 && parts[0].strip().equals(name))
				.map((parts) -> parts[1].strip())
				.findFirst();
		}
		catch (IOException ex) {
			// not on this system
			return Optional.empty();
		}
	}

	/** What a command prints, if it prints something and succeeds. */
	static Optional<String> output(List<String> command) {
		try {
			Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
			process.getOutputStream().close();
			try (BufferedReader reader = new BufferedReader(
					new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
				String output = String.join("\n", reader.lines().toList());
				boolean succeeded = process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
				return (succeeded && !output.isBlank()) ? Optional.of(output) : Optional.empty();
			}
			finally {
				process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			return Optional.empty();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Optional.empty();
		}
	}

}
