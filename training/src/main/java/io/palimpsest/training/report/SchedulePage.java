package io.palimpsest.training.report;

import io.palimpsest.diffusion.noise.FrequencyInformed;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.ReplacementNoise;
import io.palimpsest.diffusion.noise.Spindle;
import io.palimpsest.diffusion.noise.TimeWarp;
import io.palimpsest.diffusion.noise.TokenSchedule;
import io.palimpsest.diffusion.noise.TokenStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** The page that shows every noise schedule. */
public final class SchedulePage {

    private static final int POINTS = 100;

    private static final int VOCABULARY = 100;

    /** Frequencies as words have them (Zipf). */
    private static final TokenStatistics ZIPF = TokenStatistics.of(
            IntStream.range(0, VOCABULARY).mapToLong(i -> 10_000 / (i + 1)).toArray());

    private SchedulePage() {}

    /** Writes the page. */
    public static void write(Path file) {
        HtmlPage.write(
                file,
                "Noise schedules",
                "What share of a text is hidden at time t, token by token where tokens differ, and where learned times fall. "
                        + "The classes are in io.palimpsest.diffusion.noise.",
                List.of(
                        chart(
                                "Share hidden, 1 - alpha(t)",
                                line("linear", NoiseSchedule.linear()::hidden),
                                line("cosine", new NoiseSchedule.Cosine()::hidden),
                                line("sqrt", NoiseSchedule.sqrt()::hidden),
                                line("geometric", new NoiseSchedule.Geometric(1e-4, 20)::hidden),
                                line("log-linear", new NoiseSchedule.LogLinear(1e-3)::hidden),
                                line("cubic", new NoiseSchedule.Polynomial(3)::hidden),
                                line("clipped", new NoiseSchedule.Clipped(0.3, 0.8)::hidden)),
                        chart(
                                "Weight of a hidden token, from t = 0.1 on",
                                weight("linear", NoiseSchedule.linear()),
                                weight("cosine", new NoiseSchedule.Cosine()),
                                weight("sqrt", NoiseSchedule.sqrt()),
                                weight("geometric", new NoiseSchedule.Geometric(1e-4, 20)),
                                weight("log-linear", new NoiseSchedule.LogLinear(1e-3)),
                                weight("cubic", new NoiseSchedule.Polynomial(3)),
                                weight("clipped", new NoiseSchedule.Clipped(0.3, 0.8))),
                        byToken("Spindle: chance to be hidden, by how often a token occurs", new Spindle(ZIPF, 0.3)),
                        byToken(
                                "Frequency-informed: chance to be hidden",
                                new FrequencyInformed(NoiseSchedule.linear(), ZIPF, 0.5)),
                        chart(
                                "Hybrid noise (GIDD): what a token is",
                                line(
                                        "itself",
                                        t -> hybrid(t).alpha() + hybrid(t).each()),
                                line("hidden", t -> hybrid(t).mask()),
                                line(
                                        "swapped",
                                        t -> (VOCABULARY - 1) * hybrid(t).each())),
                        warp()));
    }

    private static ReplacementNoise.Marginal hybrid(double t) {
        return new ReplacementNoise.Hybrid(VOCABULARY, 0.2).at(Math.min(1 - 1e-9, Math.max(1e-9, t)));
    }

    /** The chances of some tokens in a text that holds each token once. */
    private static LineChart byToken(String title, TokenSchedule schedule) {
        int[] text = IntStream.range(0, VOCABULARY).toArray();
        return chart(
                title,
                line("commonest", t -> schedule.at(text, t).hidden()[0]),
                line("10th", t -> schedule.at(text, t).hidden()[9]),
                line("50th", t -> schedule.at(text, t).hidden()[49]),
                line("rarest", t -> schedule.at(text, t).hidden()[VOCABULARY - 1]));
    }

    /** A warp that has seen a loss rise around t = 0.7. */
    private static LineChart warp() {
        TimeWarp warp = new TimeWarp(50);
        DoubleUnaryOperator loss = t -> 5 / (1 + Math.exp(-15 * (t - 0.7)));
        for (int i = 0; i <= 20 * POINTS; i++) {
            warp.observe(i / (20.0 * POINTS), loss.applyAsDouble(i / (20.0 * POINTS)));
        }
        return chart(
                "Learned times (CDCD): where the loss rises, times are dense",
                line("loss in nats", loss),
                line("density", warp::density));
    }

    private static LineChart chart(String title, LineChart.Line... lines) {
        return new LineChart(title, "t", List.of(lines));
    }

    private static LineChart.Line line(String name, DoubleUnaryOperator value) {
        return line(name, 0, value);
    }

    private static LineChart.Line weight(String name, NoiseSchedule schedule) {
        return line(name, POINTS / 10, schedule::weight);
    }

    private static LineChart.Line line(String name, int from, DoubleUnaryOperator value) {
        List<LineChart.Point> points = new ArrayList<>();
        for (int i = from; i <= POINTS; i++) {
            double t = i / (double) POINTS;
            points.add(new LineChart.Point(t, value.applyAsDouble(t)));
        }
        return new LineChart.Line(name, points);
    }
}
