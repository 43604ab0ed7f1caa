package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.objective.MaskedDiffusion;
import io.palimpsest.training.objective.NextToken;
import io.palimpsest.training.objective.Objective;
import io.palimpsest.training.scratch.FreshModel;
import io.palimpsest.training.trainer.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a training step costs: forward, backward and AdamW of a transformer of 4 layers, 256 wide, 4 heads, over 16 texts of 256
 * tokens, and whether resident memory stays flat.
 *
 * <p>Arguments: {@code autoregressive} or {@code masked}; {@code fp32} or {@code mixed} (fp32 weights, bf16 products); the
 * vocabulary; the steps. {@code src/main/python/training_step.py} takes the same arguments and makes the same step, with
 * nanoGPT's model, in Python's PyTorch.
 */
public final class TrainingStep {

    private static final int TEXTS = 16;
    private static final int LENGTH = 256;
    private static final int WARM_UP = 5;

    private TrainingStep() {}

    public static void main(String[] arguments) throws IOException {
        boolean autoregressive = arguments[0].equals("autoregressive");
        Precision precision = switch (arguments[1]) {
            case "mixed" -> Precision.MIXED;
            case "fp32" -> Precision.FP32;
            default -> throw new IllegalArgumentException("precision is fp32 or mixed; got " + arguments[1]);
        };
        int vocabulary = Integer.parseInt(arguments[2]);
        int steps = Integer.parseInt(arguments[3]);
        FreshModel model =
                FreshModel.of(new Dit.Config(4, 256, 4, 128, vocabulary, false, false), precision, Seed.of(1));
        Objective objective = autoregressive
                ? new NextToken(model.dit()::logits)
                : MaskedDiffusion.likelihood(model.dit()::logits, model.mask(), NoiseSchedule.linear());
        System.out.printf(
                "%s, %s, %d weights, %d thread(s), %s%n",
                arguments[0], arguments[1], model.size(), Cpu.threads(), Cpu.capability());
        double[] milliseconds = new double[steps];
        double processor = 0;
        try (AdamW optimiser = new AdamW(model.parameters(), AdamW.Settings.defaults())) {
            for (int step = -WARM_UP; step < steps; step++) {
                if (step == 0) {
                    processor = processorMilliseconds();
                }
                long start = System.nanoTime();
                int number = step;
                Cpu.withOneTeam(() -> step(objective, optimiser, number, vocabulary));
                if (step >= 0) {
                    milliseconds[step] = (System.nanoTime() - start) / 1e6;
                }
                if (step == 0 || (step > 0 && (step + 1) % 100 == 0)) {
                    System.out.printf("step %4d  resident %d MiB%n", step + 1, residentMebibytes());
                }
            }
        }
        double median = median(milliseconds);
        System.out.printf(
                "%.0f ms a step, %.0f tokens/s (medians), %.0f ms of processor time%n",
                median, TEXTS * LENGTH * 1000 / median, (processorMilliseconds() - processor) / steps);
    }

    private static double step(Objective objective, AdamW optimiser, int step, int vocabulary) {
        Seed seed = Seed.of(2).child(step + WARM_UP);
        try (Scope memory = Scope.training()) {
            objective.loss(batch(seed, vocabulary), seed).value().backward();
        }
        return optimiser.step(1e-3);
    }

    private static List<Example> batch(Seed seed, int vocabulary) {
        return IntStream.range(0, TEXTS)
                .mapToObj(text -> new Example(
                        IntStream.range(0, LENGTH)
                                .map(i -> seed.below(vocabulary - 1))
                                .toArray(),
                        1))
                .toList();
    }

    private static long residentMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElse(0)
                / 1024;
    }

    private static double processorMilliseconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toMillis();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
