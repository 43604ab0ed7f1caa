package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a denoising step costs at 1, 8, 16 and 32 hidden positions behind a prompt of 128 tokens, and how much of it is spent
 * in matrix products.
 *
 * <p>The products are measured in the same process, in turn with the steps: every linear map of the network on as many rows
 * as it gets in a step. Figures are medians. Arguments: the model's folder, and optionally the number of repetitions.
 */
public final class DenoisingStep {

    private static final int PROMPT = 128;

    private DenoisingStep() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 50;
        try (ModelFolder files = ModelFolder.open(folder);
                LanguageModel model = files.load();
                GatedLlama.Session session =
                        (GatedLlama.Session) model.network().open()) {
            System.out.printf(
                    "%s, %s, %d thread(s), %s%n", model.name(), model.precision(), Cpu.threads(), Cpu.capability());
            System.out.println("positions  ms a step  in products  share");
            for (int positions : new int[] {1, 8, 16, 32}) {
                measure(session, positions, repetitions);
            }
        }
    }

    private static void measure(GatedLlama.Session session, int positions, int repetitions) {
        Canvas canvas = Canvas.of(prompt()).extend(positions);
        Span hidden = new Span(PROMPT, PROMPT + positions);
        List<Product> products = products(session.model().body(), positions);
        double[] steps = new double[repetitions];
        double[] inProducts = new double[repetitions];
        for (int i = -5; i < repetitions; i++) { // the first few warm up
            double step = milliseconds(() -> session.logits(canvas, hidden));
            double multiplied = milliseconds(() -> products.forEach(Product::run));
            if (i >= 0) {
                steps[i] = step;
                inProducts[i] = multiplied;
            }
        }
        session.release(canvas);
        double step = median(steps);
        double multiplied = median(inProducts);
        System.out.printf("%9d %10.1f %12.1f %5.0f %%%n", positions, step, multiplied, 100 * multiplied / step);
    }

    private static int[] prompt() {
        int[] ids = new int[PROMPT];
        Arrays.setAll(ids, i -> 1000 + 7 * i);
        return ids;
    }

    /** A linear map and rows for it. */
    private record Product(Linear map, Tensor rows) {
        void run() {
            try (Scope memory = Scope.inference()) {
                map.forward(rows, Math.min(1, rows.size(0))); // one clean row, the rest adapted
            }
        }
    }

    private static List<Product> products(Llama body, int rows) {
        Llama.Config c = body.config();
        List<Product> products = new ArrayList<>();
        for (Llama.Block block : body.blocks()) {
            products.add(product(block.attention().qkv(), rows, c.dim()));
            products.add(product(block.attention().output(), rows, c.heads() * c.headDim()));
            products.add(product(block.mlp().gateUp(), rows, c.dim()));
            products.add(product(block.mlp().down(), rows, c.hidden()));
        }
        products.add(product(body.head(), rows, c.dim()));
        return products;
    }

    private static Product product(Linear map, int rows, int inputs) {
        return new Product(map, Scope.keeping(() -> Tensor.randn(Seed.of(1), rows, inputs)));
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        try (Scope memory = Scope.inference()) {
            work.run();
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
