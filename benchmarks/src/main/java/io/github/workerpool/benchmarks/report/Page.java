package io.github.workerpool.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.github.workerpool.benchmarks.report.Results.Row;

/**
 * The results of a run as a page in Markdown, with a chart for each group.
 *
 * @param results what was measured
 * @param machine where, by the name of each property
 * @param versions of what, by name
 * @param how how it was run, one sentence each
 * @param gaps what could not be measured and why, one sentence each
 */
public record Page(Results results, Map<String, String> machine, Map<String, String> versions, List<String> how,
		List<String> gaps) {

	/**
	 * Writes {@code RESULTS.md} and {@code charts/*.svg}.
	 * @param directory where to
	 * @throws IOException if it can't be written
	 */
	public void write(Path directory) throws IOException {
		Path charts = Files.createDirectories(directory.resolve("charts"));
		for (Group group : groups()) {
			Files.writeString(charts.resolve(group.slug() + ".svg"), Chart.of(group, this.results));
		}
		Files.writeString(directory.resolve("RESULTS.md"), markdown());
	}

	private List<Group> groups() {
		return List.of(Group.values())
			.stream()
			.filter((group) -> Figures.of(group).stream().anyMatch((figure) -> !this.results.rows(figure).isEmpty()))
			.toList();
	}

	/**
	 * The page.
	 * @return the text
	 */
	String markdown() {
		StringBuilder page = new StringBuilder();
		page.append("# Results\n\n");
		page.append("Made by `benchmarks/run`; [how to run it, what is measured and how](README.md).\n\n");
		this.how.forEach((sentence) -> page.append(sentence).append('\n'));
		properties(page, "Machine", this.machine);
		properties(page, "Versions", this.versions);
		targets(page);
		for (Group group : groups()) {
			group(page, group);
		}
		if (!this.gaps.isEmpty()) {
			page.append("\n## Not measured\n\n");
			this.gaps.forEach((gap) -> page.append("- ").append(gap).append('\n'));
		}
		return page.toString();
	}

	private static void properties(StringBuilder page, String title, Map<String, String> properties) {
		page.append("\n## ").append(title).append("\n\n| | |\n|---|---|\n");
		properties.forEach(
				(name, value) -> page.append("| ").append(cell(name)).append(" | ").append(cell(value)).append(" |\n"));
	}

	private void targets(StringBuilder page) {
		page.append("\n## Targets\n\n");
		page.append("| figure | of | target | median | |\n|---|---|---|---|---|\n");
		for (Target target : Targets.all()) {
			Figure figure = Figures.named(target.figure());
			page.append("| %s | %s | %s | %s | %s |\n".formatted(cell(figure.title()), cell(target.subject()),
					cell(target.text()), cell(target.measured(this.results)), target.judge(this.results).text()));
		}
	}

	private void group(StringBuilder page, Group group) {
		page.append("\n## ").append(group.title()).append("\n\n").append(group.about()).append("\n\n");
		page.append("![%s](charts/%s.svg)\n\n".formatted(group.title(), group.slug()));
		page.append("| figure | subject | min | median | max | ÷ best peer |\n|---|---|--:|--:|--:|--:|\n");
		for (Figure figure : Figures.of(group)) {
			String name = cell("%s, %s %s".formatted(figure.title(), figure.unit(), figure.better().arrow()));
			double best = this.results.bestPeer(figure).map((row) -> row.summary().median()).orElse(Double.NaN);
			for (Row row : this.results.rows(figure)) {
				Summary summary = row.summary();
				String subject = cell(row.subject());
				page.append("| %s | %s | %s | %s | %s | %s |\n".formatted(name,
						Results.ours(row.subject()) ? "**" + subject + "**" : subject, Numbers.text(summary.min()),
						Numbers.text(summary.median()), Numbers.text(summary.max()), ratio(summary.median(), best)));
				name = "";
			}
		}
	}

	private static String ratio(double median, double best) {
		return (best > 0 && !Figure.never(median)) ? Numbers.ratio(median / best) : "";
	}

	private static String cell(String text) {
		return text.replace("|", "\\|").replace("\n", " ");
	}

}
