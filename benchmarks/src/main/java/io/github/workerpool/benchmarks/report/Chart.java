package io.github.workerpool.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.github.workerpool.benchmarks.report.Results.Row;

/**
 * Draws the figures of a group as bars, the best on top: the median, with a line from the
 * smallest to the greatest value. An SVG that brings its own background, since a page
 * that shows it as an image does not tell it whether it is dark.
 */
final class Chart {

	private static final int WIDTH = 860;

	private static final int MARGIN = 16;

	private static final int LABELS = 236;

	private static final int VALUES = 110;

	private static final int ROW = 22;

	private static final int BAR = 14;

	private static final int HEADING = 40;

	private static final int LEFT = MARGIN + LABELS;

	private static final int SPAN = WIDTH - LEFT - VALUES - MARGIN;

	/**
	 * From here on the shortest bar of a linear scale can no longer be told from none.
	 */
	private static final double LOGARITHMIC = 30;

	private static final String STYLE = """
			text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
			.title { font-weight: 600; font-size: 13px; }
			.hint, .tick { fill: #59636e; font-size: 11px; }
			.page { fill: #ffffff; stroke: #d1d9e0; }
			.ours { fill: #0969da; }
			.peer { fill: #afb8c1; }
			.never { fill: none; stroke: #cf222e; stroke-dasharray: 4 3; }
			.range { stroke: #1f2328; }
			.grid { stroke: #d1d9e0; }
			@media (prefers-color-scheme: dark) {
			text { fill: #f0f6fc; }
			.hint, .tick { fill: #9198a1; }
			.page { fill: #0d1117; stroke: #3d444d; }
			.ours { fill: #4493f8; }
			.peer { fill: #656c76; }
			.never { stroke: #f85149; }
			.range { stroke: #f0f6fc; }
			.grid { stroke: #3d444d; }
			}
			""";

	private Chart() {
	}

	/**
	 * Draws a group.
	 * @return the SVG
	 */
	static String of(Group group, Results results) {
		List<Figure> figures = Figures.of(group).stream().filter((figure) -> !results.rows(figure).isEmpty()).toList();
		StringBuilder panels = new StringBuilder();
		int y = MARGIN;
		for (Figure figure : figures) {
			List<Row> rows = results.rows(figure);
			panel(panels, figure, rows, y);
			y += height(rows) + MARGIN;
		}
		StringBuilder svg = new StringBuilder();
		svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
			.formatted(WIDTH, y, WIDTH, y)).append("role=\"img\">\n");
		svg.append("<title>").append(escaped(group.title())).append("</title>\n");
		svg.append("<style>\n").append(STYLE).append("</style>\n");
		svg.append("<rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n"
			.formatted(WIDTH - 1, y - 1));
		return svg.append(panels).append("</svg>\n").toString();
	}

	private static int height(List<Row> rows) {
		return HEADING + rows.size() * ROW;
	}

	private static void panel(StringBuilder svg, Figure figure, List<Row> rows, int top) {
		Scale scale = Scale.of(rows);
		text(svg, "title", MARGIN, top + 14, "start", figure.title());
		text(svg, "hint", WIDTH - MARGIN, top + 14, "end",
				figure.unit() + ", " + ((figure.better() == Figure.Better.MORE) ? "more" : "less") + " is better"
						+ (scale.logarithmic() ? ", logarithmic" : ""));
		int bottom = top + height(rows);
		for (double tick : scale.ticks()) {
			double x = LEFT + scale.length(tick);
			svg.append(line("grid", x, top + HEADING - 6, x, bottom));
			text(svg, "tick", x, top + HEADING - 9, "middle", Numbers.plain(tick));
		}
		int y = top + HEADING;
		for (Row row : rows) {
			bar(svg, row, scale, y);
			y += ROW;
		}
	}

	private static void bar(StringBuilder svg, Row row, Scale scale, int y) {
		int baseline = y + BAR - 2;
		text(svg, "", LEFT - 8, baseline, "end", row.subject());
		Summary summary = row.summary();
		boolean never = Figure.never(summary.median());
		double length = never ? SPAN : Math.max(scale.length(summary.median()), 1);
		String kind = never ? "never" : Results.ours(row.subject()) ? "ours" : "peer";
		svg.append(String.format(Locale.ROOT,
				"<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", kind, LEFT, y, length,
				BAR));
		double end = length;
		if (!never && !Figure.never(summary.max()) && summary.min() < summary.max()) {
			double middle = y + BAR / 2.0;
			end = Math.max(length, scale.length(summary.max()));
			svg.append(line("range", LEFT + scale.length(summary.min()), middle, LEFT + end, middle));
		}
		text(svg, "", LEFT + end + 6, baseline, "start", Numbers.text(summary.median()));
	}

	private static String line(String kind, double x1, double y1, double x2, double y2) {
		return String.format(Locale.ROOT, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
				kind, x1, y1, x2, y2);
	}

	private static void text(StringBuilder svg, String kind, double x, double y, String anchor, String text) {
		svg.append(String.format(Locale.ROOT, "<text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
				kind.isEmpty() ? "" : " class=\"" + kind + "\"", x, y, anchor, escaped(text)));
	}

	private static String escaped(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
	}

	/**
	 * Where a value lies, in pixels from the left.
	 *
	 * @param logarithmic whether every step is ten times the one before
	 * @param from where the scale begins
	 * @param to where it ends
	 */
	record Scale(boolean logarithmic, double from, double to) {

		static Scale of(List<Row> rows) {
			double smallest = Double.POSITIVE_INFINITY;
			double greatest = 0;
			boolean positive = true;
			for (Row row : rows) {
				if (Figure.never(row.summary().median())) {
					continue;
				}
				double max = Figure.never(row.summary().max()) ? row.summary().median() : row.summary().max();
				greatest = Math.max(greatest, max);
				smallest = Math.min(smallest, row.summary().median());
				positive &= row.summary().min() > 0;
			}
			if (greatest == 0) {
				return new Scale(false, 0, 1);
			}
			if (!positive || greatest / smallest < LOGARITHMIC) {
				return new Scale(false, 0, greatest);
			}
			// half a decade before the smallest, so that its bar can be seen
			return new Scale(true, Math.pow(10, Math.log10(smallest) - 0.5), greatest);
		}

		double length(double value) {
			double share = this.logarithmic
					? Math.log(Math.max(value, this.from) / this.from) / Math.log(this.to / this.from)
					: Math.max(value, 0) / this.to;
			return share * SPAN;
		}

		List<Double> ticks() {
			if (!this.logarithmic) {
				return List.of();
			}
			int first = (int) Math.ceil(Math.log10(this.from));
			int last = (int) Math.floor(Math.log10(this.to));
			int step = 1 + (last - first) / 7;
			List<Double> ticks = new ArrayList<>();
			for (int power = first; power <= last; power += step) {
				ticks.add(Math.pow(10, power));
			}
			return ticks;
		}

	}

}
