package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.ResidentMemory;
import io.palimpsest.tensor.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How much memory a model of LLaDA-8B's shape needs in 8 bits: writes such a checkpoint, loads it, takes three denoising steps
 * over 64 positions, half of them hidden, says how far the process's memory rose, and deletes the checkpoint.
 *
 * <p>Arguments: a folder that is not there yet, with 17 GB of room for a full one, and optionally the number of layers.
 */
public final class LargeModel {

    private static final int PROMPT = 32;
    private static final int HIDDEN = 32;
    private static final int STEPS = 3;

    private LargeModel() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        LargeCheckpoint full = LargeCheckpoint.llada8b();
        int layers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : full.layers();
        LargeCheckpoint shape = new LargeCheckpoint(layers, full.dim(), full.heads(), full.hidden(), full.vocabulary());
        if (Files.exists(folder)) {
            throw new IllegalArgumentException(folder + " exists already");
        }
        try {
            shape.write(folder);
            System.out.printf("%.2f billion weights written%n", shape.parameters() / 1e9);
            run(folder, shape);
        } finally {
            delete(folder);
        }
    }

    private static void run(Path folder, LargeCheckpoint shape) {
        ResidentMemory.forgetPeak();
        long start = System.nanoTime();
        PublishedModel model = PublishedModel.load(folder, Precision.INT8);
        double loaded = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "loaded in %.0f s: %.2f GiB, at most %.2f GiB%n",
                loaded,
                gibibytes(ResidentMemory.now().orElseThrow()),
                gibibytes(ResidentMemory.peak().orElseThrow()));
        Canvas canvas = Canvas.of(IntStream.range(100, 100 + PROMPT).toArray()).extend(HIDDEN);
        Sampler sampler = new Sampler(
                new CanvasDenoiser(model.network(), shape.maskId(), 0),
                Blocks.whole(),
                new TokenChoice.Greedy(),
                Unmasking.scheduled(STEPS));
        start = System.nanoTime();
        Filled filled = sampler.fill(canvas, Seed.of(1));
        System.out.printf(
                "%d denoising steps of %.1f s each on %d thread(s), %s%n",
                filled.forwardPasses(),
                (System.nanoTime() - start) / 1e9 / filled.forwardPasses(),
                Cpu.threads(),
                Cpu.capability());
        System.out.printf(
                "peak resident memory (VmHWM): %.2f GiB%n",
                gibibytes(ResidentMemory.peak().orElseThrow()));
    }

    private static double gibibytes(long bytes) {
        return bytes / (double) (1 << 30);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        }
    }
}
