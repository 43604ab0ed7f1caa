package io.palimpsest.training.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line chart as an SVG image that stands alone: no script, no network.
 *
 * @param title what is shown
 * @param x what the horizontal axis counts
 */
public record LineChart(String title, String x, List<Line> lines) {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 56;
    private static final int RIGHT = 130;
    private static final int TOP = 36;
    private static final int BOTTOM = 44;
    private static final int TICKS = 5;

    /** Colours that stay apart for colour-blind eyes (Okabe and Ito), and greys for further lines. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#777777", "#000000");

    /** A named sequence of points; those that are not finite are left out. */
    public record Line(String name, List<Point> points) {

        public Line {
            points = points.stream()
                    .filter(p -> Double.isFinite(p.x) && Double.isFinite(p.y))
                    .toList();
        }
    }

    /** A place on a chart. */
    public record Point(double x, double y) {}

    /** The chart as an {@code svg} element. */
    public String svg() {
        Axis horizontal = Axis.over(values(true), LEFT, WIDTH - RIGHT);
        Axis vertical = Axis.over(values(false), HEIGHT - BOTTOM, TOP);
        StringBuilder out = new StringBuilder();
        add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, HEIGHT);
        add(out, "<text x=\"%d\" y=\"20\" class=\"title\">%s</text>", LEFT, escaped(title));
        grid(out, horizontal, vertical);
        for (int i = 0; i < lines.size(); i++) {
            line(out, lines.get(i), i, horizontal, vertical);
        }
        return out.append("</svg>\n").toString();
    }

    private List<Double> values(boolean ofX) {
        List<Double> all = new ArrayList<>();
        lines.forEach(line -> line.points.forEach(p -> all.add(ofX ? p.x : p.y)));
        return all;
    }

    private void grid(StringBuilder out, Axis horizontal, Axis vertical) {
        for (double tick : vertical.ticks()) {
            double y = vertical.at(tick);
            add(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>", LEFT, WIDTH - RIGHT, y, y);
            add(out, "<text x=\"%d\" y=\"%.1f\" class=\"y\">%s</text>", LEFT - 6, y + 4, number(tick));
        }
        for (double tick : horizontal.ticks()) {
            double at = horizontal.at(tick);
            add(out, "<text x=\"%.1f\" y=\"%d\" class=\"x\">%s</text>", at, HEIGHT - BOTTOM + 18, number(tick));
        }
        add(out, "<text x=\"%d\" y=\"%d\" class=\"x\">%s</text>", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, escaped(x));
    }

    private static void line(StringBuilder out, Line line, int index, Axis horizontal, Axis vertical) {
        String colour = COLOURS.get(index % COLOURS.size());
        StringBuilder points = new StringBuilder();
        line.points.forEach(p -> add(points, "%.1f,%.1f ", horizontal.at(p.x), vertical.at(p.y)));
        add(
                out,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"/>",
                points.toString().strip(),
                colour);
        add(
                out,
                "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
                WIDTH - RIGHT + 10,
                TOP + 12 + 18 * index,
                colour,
                escaped(line.name));
    }

    private static void add(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String number(double value) {
        return Math.abs(value) >= 10000
                ? String.format(Locale.ROOT, "%.0fk", value / 1000)
                : String.format(Locale.ROOT, "%s", Math.rint(value * 1000) / 1000)
                        .replaceFirst("\\.0$", "");
    }

    /** A range of numbers laid over a range of pixels. */
    private record Axis(double low, double high, double from, double to) {

        static Axis over(List<Double> values, double from, double to) {
            double low = values.stream().mapToDouble(v -> v).min().orElse(0);
            double high = values.stream().mapToDouble(v -> v).max().orElse(1);
            return new Axis(low, high > low ? high : low + 1, from, to);
        }

        double at(double value) {
            return from + (value - low) / (high - low) * (to - from);
        }

        /** Round numbers: multiples of 1, 2 or 5 times a power of ten. */
        List<Double> ticks() {
            double rough = (high - low) / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double share = rough / power;
            double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
            List<Double> ticks = new ArrayList<>();
            for (double tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
                ticks.add(tick);
            }
            return ticks;
        }
    }
}
