package io.palimpsest.training.scratch;

import io.palimpsest.diffusion.noise.TokenStatistics;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleStore;
import io.palimpsest.training.objective.TimedNetwork;
import io.palimpsest.training.settings.ObjectiveSettings;
import io.palimpsest.training.settings.TrainerSettings;
import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.ProgressLine;
import io.palimpsest.training.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Trains a diffusion transformer on stored text, as a plan says. */
record TextTraining(
        ScratchPlan.Data data,
        ObjectiveSettings objective,
        TrainerSettings training,
        long seed,
        Consumer<String> progress) {

    private static final int HELD_OUT_BATCH = 8;

    /** A network with what is trained of it. */
    record Network(Dit dit, int mask, Map<String, Tensor> parameters) {}

    /**
     * Trains to the end.
     *
     * @param teacher a copy of the network as it begins, made only where the objective needs it
     * @param folder where the run keeps its files
     * @return the weights to keep
     */
    Map<String, Tensor> run(Network network, Supplier<TimedNetwork> teacher, PreparedText text, Path folder) {
        try (ExampleStore examples = text.open(PreparedText.TRAINING);
                ExampleStore heldOut = text.open(PreparedText.HELD_OUT)) {
            return trainer(network, teacher, examples, heldOut, folder).run();
        } catch (IOException e) {
            throw new UncheckedIOException("the stored text cannot be closed", e);
        }
    }

    private Trainer trainer(
            Network network, Supplier<TimedNetwork> teacher, ExampleStore examples, ExampleStore heldOut, Path folder) {
        TimedNetwork logits = network.dit::logits;
        List<Example> measured = IntStream.range(0, Math.min(heldOut.size(), data.heldOutExamples()))
                .mapToObj(heldOut::get)
                .toList();
        progress.accept(examples.size() + " examples to train on, " + measured.size() + " held out");
        return new Trainer(
                network.parameters,
                objective.of(new ObjectiveSettings.Trainee(
                        logits, network.mask, () -> statistics(examples, network.mask), teacher)),
                new Batches(examples, training.batch(), Seed.of(seed).child(1)),
                Optional.of(
                        new HeldOut(objective.likelihood(logits, network.mask), measured, HELD_OUT_BATCH, Seed.of(77))),
                training.settings(seed),
                folder,
                new ProgressLine(progress));
    }

    private static TokenStatistics statistics(ExampleStore examples, int mask) {
        return TokenStatistics.count(() -> examples.stream().map(Example::ids).iterator(), mask + 1);
    }
}
