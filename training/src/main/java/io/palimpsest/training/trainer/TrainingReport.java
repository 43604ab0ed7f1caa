package io.palimpsest.training.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.training.report.HtmlPage;
import io.palimpsest.training.report.LineChart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The page about a run: its loss, its accuracy at each offset, its speed and step size. */
final class TrainingReport {

    private TrainingReport() {}

    static void write(Metrics metrics, Path file) {
        List<JsonNode> steps =
                metrics.read().stream().filter(line -> line.has("mean_loss")).toList();
        List<JsonNode> heldOut = metrics.read().stream()
                .filter(line -> line.has("held_out_loss"))
                .toList();
        if (steps.isEmpty()) {
            return;
        }
        List<LineChart> charts = new ArrayList<>();
        charts.add(chart(
                "Loss (nats per target)",
                line("trained on", steps, l -> l.path("mean_loss").asDouble()),
                line("held out", heldOut, l -> l.path("held_out_loss").asDouble())));
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
        HtmlPage.write(file, "Training", summary(steps.get(steps.size() - 1)), charts);
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

    private static String summary(JsonNode last) {
        return String.format(
                Locale.ROOT,
                "%d steps over %d target tokens; mean loss %.3f nats.",
                last.path("step").asInt(),
                last.path("targets").asLong(),
                last.path("mean_loss").asDouble());
    }
}
