package io.palimpsest.training.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.training.report.HtmlPage;
import io.palimpsest.training.report.LineChart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The page about a run: its loss, its accuracy at each offset, its speed, its step size and the size of its gradients. */
final class TrainingReport {

    private static final int MEMORY = 10;
    private static final String HELD_OUT_LOSS = "held_out_loss";

    private TrainingReport() {}

    static void write(Metrics metrics, Path file) {
        List<JsonNode> steps =
                metrics.read().stream().filter(line -> line.has("mean_loss")).toList();
        List<JsonNode> heldOut =
                metrics.read().stream().filter(line -> line.has(HELD_OUT_LOSS)).toList();
        if (steps.isEmpty()) {
            return;
        }
        List<LineChart> charts = new ArrayList<>();
        charts.add(chart(
                "Loss (nats per target)",
                line("trained on", steps, l -> l.path("mean_loss").asDouble()),
                smoothed("running mean", steps, l -> l.path("mean_loss").asDouble()),
                line("held out", heldOut, l -> l.path(HELD_OUT_LOSS).asDouble())));
        LineChart accuracy = chart("Accuracy on held-out text, by offset into the hidden block", byOffset(heldOut));
        if (accuracy.lines().stream().anyMatch(line -> !line.points().isEmpty())) {
            charts.add(accuracy);
        }
        charts.add(chart(
                "Targets a second",
                line("speed", steps, l -> l.path("targets_per_second").asDouble())));
        charts.add(chart(
                "Learning rate, thousandths",
                line("rate", steps, l -> 1000 * l.path("learning_rate").asDouble())));
        charts.add(chart(
                "Norm of the gradients, before clipping",
                line("each report", steps, l -> l.path("norm").asDouble(Double.NaN)),
                smoothed("running mean", steps, l -> l.path("norm").asDouble(Double.NaN))));
        HtmlPage.write(file, "Training", summary(steps.get(steps.size() - 1), heldOut), charts);
    }

    private static LineChart chart(String title, LineChart.Line... lines) {
        return new LineChart(title, "target tokens", List.of(lines));
    }

    private static LineChart.Line[] byOffset(List<JsonNode> heldOut) {
        int offsets =
                heldOut.isEmpty() ? 0 : heldOut.get(0).path("held_out_accuracy").size();
        return IntStream.range(0, offsets)
                .mapToObj(i -> line(
                        "offset " + (i + 1),
                        heldOut,
                        l -> l.path("held_out_accuracy").path(i).asDouble(Double.NaN)))
                .toArray(LineChart.Line[]::new);
    }

    private static LineChart.Line line(String name, List<JsonNode> lines, ToDoubleFunction<JsonNode> value) {
        return new LineChart.Line(
                name,
                lines.stream()
                        .map(l -> new LineChart.Point(l.path("targets").asDouble(), value.applyAsDouble(l)))
                        .toList());
    }

    /** The running mean of a line, to which each further point adds a tenth. */
    private static LineChart.Line smoothed(String name, List<JsonNode> lines, ToDoubleFunction<JsonNode> value) {
        List<LineChart.Point> points = new ArrayList<>();
        double mean = Double.NaN;
        for (LineChart.Point p : line(name, lines, value).points()) {
            mean = Double.isNaN(mean) ? p.y() : mean + (p.y() - mean) / MEMORY;
            points.add(new LineChart.Point(p.x(), mean));
        }
        return new LineChart.Line(name, points);
    }

    private static String summary(JsonNode last, List<JsonNode> heldOut) {
        String summary = String.format(
                Locale.ROOT,
                "%,d steps over %,d target tokens; mean loss %.3f nats.",
                last.path("step").asInt(),
                last.path("targets").asLong(),
                last.path("mean_loss").asDouble());
        return heldOut.isEmpty() ? summary : summary + heldOut(heldOut);
    }

    private static String heldOut(List<JsonNode> heldOut) {
        JsonNode last = heldOut.get(heldOut.size() - 1);
        JsonNode best = heldOut.stream()
                .min(Comparator.comparingDouble(l -> l.path(HELD_OUT_LOSS).asDouble()))
                .orElse(last);
        return String.format(
                Locale.ROOT,
                " Held out: %.3f nats after step %,d; the lowest, %.3f, was after step %,d.",
                last.path(HELD_OUT_LOSS).asDouble(),
                last.path("step").asInt(),
                best.path(HELD_OUT_LOSS).asDouble(),
                best.path("step").asInt());
    }
}
