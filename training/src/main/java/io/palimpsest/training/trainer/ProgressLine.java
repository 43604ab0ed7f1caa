package io.palimpsest.training.trainer;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Reports as lines for people. */
public record ProgressLine(Consumer<String> out) implements TrainingListener {

    @Override
    public void reported(Report r) {
        out.accept(String.format(
                Locale.ROOT,
                "step %d/%d  loss %.3f%s  norm %.2f  rate %.1e  %.0f targets/s  %d targets  %s",
                r.step(),
                r.steps(),
                r.meanLoss(),
                accuracy(r.accuracy()),
                r.norm(),
                r.learningRate(),
                r.targetsPerSecond(),
                r.targets(),
                r.step() == r.steps() ? "done" : time(r.left()) + " left"));
    }

    @Override
    public void measured(int step, long targets, HeldOut.Measured m) {
        out.accept(String.format(
                Locale.ROOT,
                "held out after step %d: loss %.3f%s  (%d targets)",
                step,
                m.loss(),
                accuracy(m.accuracy()),
                m.targets()));
    }

    @Override
    public void noted(String note) {
        out.accept(note);
    }

    /** Nothing, where nothing was counted. */
    private static String accuracy(double[] shares) {
        return Arrays.stream(shares).allMatch(Double::isNaN) ? "" : "  accuracy " + percent(shares);
    }

    /** Percent at each offset: {@code 35 21 14}. */
    static String percent(double[] shares) {
        return Arrays.stream(shares)
                .mapToObj(s -> Double.isNaN(s) ? "-" : String.valueOf(Math.round(100 * s)))
                .collect(Collectors.joining(" "));
    }

    static String time(Duration d) {
        return d.toHours() > 0
                ? d.toHours() + " h " + d.toMinutesPart() + " min"
                : d.toMinutes() > 0 ? d.toMinutes() + " min" : d.toSeconds() + " s";
    }
}
