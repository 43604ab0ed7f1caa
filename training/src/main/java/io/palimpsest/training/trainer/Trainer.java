package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Recomputation;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleFile;
import io.palimpsest.training.objective.Loss;
import io.palimpsest.training.objective.Objective;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes steps until a run is done: batch, loss, gradients, optimiser, and now and then a report, a checkpoint and a look at
 * the held-out examples.
 *
 * <p>Its folder holds {@code checkpoint.safetensors}, {@code metrics.jsonl} and {@code report.html}. A run that finds a
 * checkpoint there goes on from it and makes, bit for bit, the losses that an uninterrupted run would have made.
 */
public final class Trainer {

    /**
     * How a run goes.
     *
     * @param steps how many steps the whole run has
     * @param accumulate batches a step, their gradients averaged
     * @param learningRate the step size over the run
     * @param optimiser the rest of the optimiser's settings
     * @param recompute whether layers are computed again for their gradients, which saves memory ({@link Recomputation})
     * @param average what the moving average of the parameters keeps at each step; 0 for no average
     * @param checkpointEvery the time between checkpoints, which is what a kill can cost
     * @param reportEvery steps between reports
     * @param measureEvery steps between measurements on held-out examples
     * @param seed decides what is hidden in each step
     */
    public record Settings(
            int steps,
            int accumulate,
            LearningRate learningRate,
            AdamW.Settings optimiser,
            boolean recompute,
            double average,
            Duration checkpointEvery,
            int reportEvery,
            int measureEvery,
            long seed) {

        public Settings {
            if (!(average >= 0 && average < 1)) {
                throw new IllegalArgumentException(
                        "a moving average keeps at least 0 and less than 1 of itself at each step; got " + average);
            }
            if (steps < 1 || accumulate < 1 || reportEvery < 1 || measureEvery < 1) {
                throw new IllegalArgumentException(
                        "a run needs at least 1 step, 1 batch a step, and reports and measurements"
                                + " at least 1 step apart; got " + steps + ", " + accumulate + ", " + reportEvery + ", "
                                + measureEvery);
            }
        }
    }

    private final Map<String, Tensor> parameters;
    private final Objective objective;
    private final Batches batches;
    private final Optional<HeldOut> heldOut;
    private final Settings settings;
    private final Path folder;
    private final TrainingListener listener;
    private final Optional<MovingAverage> average;
    private final Checkpoint checkpoint;
    private final Metrics metrics;

    /**
     * @param parameters what is trained, by name; changed in place
     * @param folder where the run keeps its files; made where it is missing
     */
    public Trainer(
            Map<String, Tensor> parameters,
            Objective objective,
            Batches batches,
            Optional<HeldOut> heldOut,
            Settings settings,
            Path folder,
            TrainingListener listener) {
        this.parameters = parameters;
        this.objective = objective;
        this.batches = batches;
        this.heldOut = heldOut;
        this.settings = settings;
        this.folder = makeFolder(folder);
        this.listener = listener;
        this.average =
                settings.average > 0 ? Optional.of(new MovingAverage(parameters, settings.average)) : Optional.empty();
        this.checkpoint = new Checkpoint(folder.resolve("checkpoint.safetensors"));
        this.metrics = new Metrics(folder.resolve("metrics.jsonl"));
    }

    /**
     * Trains to the end, from the last checkpoint where there is one.
     *
     * @return what to keep, by name: the moving average where there is one, the parameters elsewhere
     */
    public Map<String, Tensor> run() {
        return Cpu.withOneTeam(this::train);
    }

    private Map<String, Tensor> train() {
        try (AdamW optimiser = new AdamW(parameters, settings.optimiser)) {
            Progress progress = restore(optimiser);
            Clock clock = new Clock(progress);
            while (progress.step() < settings.steps) {
                progress = step(optimiser, progress, clock);
                boolean last = progress.step() == settings.steps;
                if (last || progress.step() % settings.measureEvery == 0) {
                    measure(progress);
                }
                if (last || clock.isCheckpointDue(settings.checkpointEvery)) {
                    checkpoint.write(state(optimiser), progress, batches.fingerprint(), objective.memory());
                    clock.checkpointWritten();
                }
            }
        }
        return average.map(MovingAverage::averages).orElse(parameters);
    }

    /** Everything that the next step depends on, by the names it has in a checkpoint. */
    private Map<String, Tensor> state(AdamW optimiser) {
        Map<String, Tensor> all = new LinkedHashMap<>(optimiser.state());
        parameters.forEach((name, tensor) -> all.put("parameter." + name, tensor));
        average.ifPresent(a -> a.averages().forEach((name, tensor) -> all.put("average." + name, tensor)));
        return all;
    }

    private Progress restore(AdamW optimiser) {
        Optional<Checkpoint.Restored> restored = checkpoint.read(state(optimiser));
        restored.ifPresent(r -> {
            optimiser.resumeAt(r.progress().step());
            objective.remember(r.memory());
        });
        Progress progress = restored.map(Checkpoint.Restored::progress).orElseGet(Progress::start);
        metrics.rewindTo(progress.step());
        restored.ifPresent(r -> {
            listener.noted("Resumed after step " + r.progress().step() + ".");
            if (r.data() != batches.fingerprint()) {
                listener.noted("The data or its order is not what it was; from here on it is another run.");
            }
        });
        return progress;
    }

    private Progress step(AdamW optimiser, Progress before, Clock clock) {
        Objective now = objective.after(before.step() / (double) settings.steps);
        List<Loss> losses = new ArrayList<>();
        double sum = 0;
        for (int i = 0; i < settings.accumulate; i++) {
            long index = (long) before.step() * settings.accumulate + i;
            List<Example> batch = batches.at(index);
            try (Scope memory = Scope.training()) {
                Loss loss = differentiate(now, batch, index);
                double value =
                        loss.value().item(); // after the gradients: on a GPU the first number waits for all before it
                requireFinite(value, "loss", before.step(), batch);
                sum += value;
                losses.add(loss);
            }
        }
        double rate = settings.learningRate.at(before.step(), settings.steps);
        double norm = optimiser.step(rate);
        requireFinite(norm, "gradient", before.step(), batches.at((long) before.step() * settings.accumulate));
        average.ifPresent(a -> a.update(before.step() + 1));
        Progress after = before.after(sum / settings.accumulate, losses);
        boolean due = after.step() % settings.reportEvery == 0 || after.step() == settings.steps;
        return due ? report(after, sum / settings.accumulate, norm, rate, clock) : after;
    }

    /** A batch's loss, whose gradients have been added to the parameters'. */
    private Loss differentiate(Objective now, List<Example> batch, long index) {
        Seed seed = Seed.of(settings.seed).child(index);
        if (!settings.recompute) {
            Loss loss = now.loss(batch, seed);
            differentiate(loss, Tensor::backward);
            return loss;
        }
        try (Recomputation again = Recomputation.open()) {
            Loss loss = now.loss(batch, seed);
            differentiate(loss, again::backward);
            return loss;
        }
    }

    private void differentiate(Loss loss, Consumer<Tensor> backward) {
        if (loss.value().requiresGrad()) { // not where nothing was hidden
            backward.accept(loss.value().div(settings.accumulate));
        }
    }

    private Progress report(Progress p, double loss, double norm, double rate, Clock clock) {
        TrainingListener.Report report = new TrainingListener.Report(
                p.step(),
                settings.steps,
                p.targets(),
                loss,
                p.meanLoss(),
                p.accuracy(),
                norm,
                rate,
                clock.targetsPerSecond(p),
                clock.left(p, settings.steps));
        metrics.add(report);
        listener.reported(report);
        return p.reported();
    }

    private void measure(Progress progress) {
        heldOut.map(HeldOut::measure).ifPresent(measured -> {
            metrics.add(progress.step(), progress.targets(), measured);
            listener.measured(progress.step(), progress.targets(), measured);
        });
        TrainingReport.write(metrics, folder.resolve("report.html"));
    }

    private void requireFinite(double value, String what, int step, List<Example> batch) {
        if (!Double.isFinite(value)) {
            Path file = folder.resolve("diverged-step-" + (step + 1) + ".ids");
            ExampleFile.write(file, batch);
            throw new DivergedException("The " + what + " of step " + (step + 1) + " is " + value + ". Its batch is in "
                    + file + "; the last checkpoint is whole. Try a smaller learning rate");
        }
    }

    private static Path makeFolder(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be made", e);
        }
    }

    /** Time as a person sees it; nothing that is learnt depends on it. */
    private static final class Clock {
        private final Progress start;
        private final long begun = System.nanoTime();
        private long written = begun;

        Clock(Progress start) {
            this.start = start;
        }

        boolean isCheckpointDue(Duration every) {
            return System.nanoTime() - written >= every.toNanos();
        }

        void checkpointWritten() {
            written = System.nanoTime();
        }

        double targetsPerSecond(Progress now) {
            return (now.targets() - start.targets()) / seconds();
        }

        Duration left(Progress now, int steps) {
            double perStep = seconds() / (now.step() - start.step());
            return Duration.ofMillis((long) (1000 * perStep * (steps - now.step())));
        }

        private double seconds() {
            return (System.nanoTime() - begun) / 1e9;
        }
    }
}
