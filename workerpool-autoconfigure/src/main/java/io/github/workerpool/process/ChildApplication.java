package io.github.workerpool.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the context of a child is made of.
 *
 * @param beans what tasks call, made eagerly
 * @param properties classes that properties of the parent are bound to, made when asked
 * for
 * @param sources names of further classes, as of the settings
 * @param environment resolved properties of the parent; may be secret
 * @param profiles active profiles of the parent
 * @param pools names of the parent's pools by the names of their beans, the default pool
 * first
 * @since 0.1.0
 */
public record ChildApplication(List<Bean> beans, List<Bound> properties, List<String> sources,
		Map<String, String> environment, List<String> profiles, Map<String, String> pools) {

	private static final int CAP = 1 << 26;

	/**
	 * Makes a description.
	 */
	public ChildApplication {
		beans = List.copyOf(beans);
		properties = List.copyOf(properties);
		sources = List.copyOf(sources);
		environment = Map.copyOf(environment);
		profiles = List.copyOf(profiles);
		pools = new LinkedHashMap<>(pools);
	}

	void write(PayloadOutput out) throws IOException {
		out.writeCount(this.beans.size());
		for (Bean bean : this.beans) {
			out.writeText(bean.name());
			out.writeText(bean.type());
			out.writeText(bean.configuration());
		}
		out.writeCount(this.properties.size());
		for (Bound bound : this.properties) {
			out.writeText(bound.name());
			out.writeText(bound.type());
			out.write(bound.byConstructor() ? 1 : 0);
		}
		write(this.sources, out);
		write(this.environment, out);
		write(this.profiles, out);
		write(this.pools, out);
	}

	private static void write(List<String> texts, PayloadOutput out) throws IOException {
		out.writeCount(texts.size());
		for (String text : texts) {
			out.writeText(text);
		}
	}

	private static void write(Map<String, String> texts, PayloadOutput out) throws IOException {
		out.writeCount(texts.size());
		for (Map.Entry<String, String> text : texts.entrySet()) {
			out.writeText(text.getKey());
			out.writeText(text.getValue());
		}
	}

	static ChildApplication read(PayloadInput in) throws IOException {
		List<Bean> beans = new ArrayList<>();
		for (int left = in.readCount(); left > 0; left--) {
			beans.add(new Bean(text(in), text(in), text(in)));
		}
		List<Bound> properties = new ArrayList<>();
		for (int left = in.readCount(); left > 0; left--) {
			properties.add(new Bound(text(in), text(in), in.readByte() != 0));
		}
		return new ChildApplication(beans, properties, texts(in), textsByName(in), texts(in), textsByName(in));
	}

	private static List<String> texts(PayloadInput in) throws IOException {
		List<String> texts = new ArrayList<>();
		for (int left = in.readCount(); left > 0; left--) {
			texts.add(text(in));
		}
		return texts;
	}

	private static Map<String, String> textsByName(PayloadInput in) throws IOException {
		Map<String, String> texts = new LinkedHashMap<>();
		for (int left = in.readCount(); left > 0; left--) {
			texts.put(text(in), text(in));
		}
		return texts;
	}

	private static String text(PayloadInput in) throws IOException {
		return in.readText(in.readCount(), CAP);
	}

	/** Says nothing of values, which may be secret. */
	@Override
	public String toString() {
		return "ChildApplication[beans=" + this.beans + ", sources=" + this.sources + ", profiles=" + this.profiles
				+ "]";
	}

	/**
	 * A bean that tasks call.
	 *
	 * @param name its name
	 * @param type its class
	 * @param configuration class with the method that makes it, empty if its own
	 * constructor does
	 */
	public record Bean(String name, String type, String configuration) {

	}

	/**
	 * A class that properties are bound to.
	 *
	 * @param name name of the bean
	 * @param type the class
	 * @param byConstructor whether by its constructor rather than by setters
	 */
	public record Bound(String name, String type, boolean byConstructor) {

	}

}
