package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.TinyLlama;
import io.palimpsest.training.adapter.GatedAdapter;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.objective.MaskedNextToken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A whole training run of a second or two, in this process or in one that a test kills. */
final class TinyRun {

    private TinyRun() {}

    /** Arguments: the folder, and the number of steps. */
    public static void main(String... arguments) {
        run(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    }

    static void run(Path folder, int steps) {
        Cpu.threads(1);
        GatedAdapter adapter = GatedAdapter.fresh(TinyLlama.random(1), 4, 8, 1, 0, false, DType.F32, Seed.of(2));
        MaskedNextToken objective =
                new MaskedNextToken(new MaskedNextToken.Settings(new int[] {4, 8}, 0.4, 0.2, 0.5, 1, 4));
        HeldOut heldOut = new HeldOut(objective.of(adapter.model()), examples(100, 6), 4, Seed.of(5));
        Trainer.Settings settings = new Trainer.Settings(
                steps,
                2,
                new LearningRate(1e-2, 5, 0.5, LearningRate.Decay.COSINE, 0.1),
                AdamW.Settings.defaults(),
                false,
                0.9,
                Duration.ofMillis(30),
                1,
                10,
                11);
        new Trainer(
                        adapter.parameters(),
                        objective.of(adapter.model()),
                        new Batches(examples(1, 7), 2, Seed.of(3)),
                        Optional.of(heldOut),
                        settings,
                        folder,
                        new ProgressLine(line -> {}))
                .run();
    }

    private static List<Example> examples(int seed, int count) {
        return IntStream.range(seed, seed + count)
                .mapToObj(i -> new Example(ids(Seed.of(i)), 2))
                .toList();
    }

    private static int[] ids(Seed seed) {
        return IntStream.range(0, 24)
                .map(i -> seed.below(TinyLlama.CONFIG.vocabulary()))
                .toArray();
    }
}
