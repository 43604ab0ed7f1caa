package io.palimpsest.model.verify;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Draws;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.TokenEditing;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Set;

/** Texts whose samplers drew numbers, which were recorded, or edit what they have written; all others are {@link Texts}. */
final class Recorded {

    private Recorded() {}

    static void generate(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        String family = subject.fixture().family();
        if (family.equals("bd3lm") && test.optional("per_step").isEmpty()) {
            BlockAncestral.run(subject, test, comparison);
        } else if (family.equals("mdlm") && test.text("predictor").equals("analytic")) {
            Analytic.run(subject, test, comparison);
        } else if (family.equals("dream") && test.text("alg").equals("origin")) {
            origin(new Generation(subject, test, comparison), test);
        } else if (family.startsWith("llada2")
                && test.optional("editing_threshold").isPresent()) {
            edited(subject, new Generation(subject, test, comparison), test);
        } else {
            Texts.generate(subject, test, comparison);
        }
    }

    /** Dream's first algorithm (arXiv:2508.15487): each hidden token appears by chance, as the schedule of time has it. */
    private static void origin(Generation g, RecordedTest test) {
        int steps = test.integer("steps");
        Quota.OverTime quota = new Quota.OverTime(steps, test.number("eps", 1e-3));
        String role = test.oneOf("uniform", "uniforms", "rand", "random", "transfer_uniform", "u", "noise");
        float[] draws = test.floats(role);
        int width = draws.length / steps;
        g.prompted(test.integer("max_new_tokens"));
        Canvas canvas = g.canvases.get(0);
        int first = canvas.length() - width; // where draws belong to positions, they end with the canvas
        Draws recorded = (step, position) -> {
            int from = step.inBlock() * width;
            float[] own = Arrays.copyOfRange(draws, from, from + width);
            int[] hidden = canvas.hidden(step.block());
            return own[isPacked(own, hidden.length) ? Arrays.binarySearch(hidden, position) : position - first];
        };
        g.fill(new Sampler(
                new CanvasDenoiser(g.network, g.maskId(), 1),
                Blocks.whole(),
                new TokenChoice.Greedy(),
                new Unmasking.ByChance(quota, recorded)));
        g.compare();
    }

    /** Whether a row holds one number for each hidden token and filling behind them, or one for each position. */
    private static boolean isPacked(float[] row, int hidden) {
        for (int i = hidden; i < row.length; i++) {
            if (row[i] > 0 && row[i] < 1) {
                return false;
            }
        }
        return true;
    }

    /** LLaDA2.1: tokens appear above a threshold, and are replaced above another. */
    private static void edited(Replay.Subject subject, Generation g, RecordedTest test) {
        int block = test.integer("block_length");
        int length = test.integer("gen_length");
        int prompt = g.prompts()[0].length;
        g.prompted(Texts.ceil(prompt + length, block) * block - prompt);
        int end = test.integer("eos_id", subject.fixture().id("eos").orElse(Canvas.NO_TOKEN));
        Blocks grid = Blocks.grid(block);
        Unmasking above = new Unmasking.Threshold(test.number("threshold", 0.95), Confidence.probability());
        g.fill(new Sampler(
                new CanvasDenoiser(g.network, g.maskId(), 0, OptionalInt.of(block), 0),
                test.flag("eos_early_stop") ? grid.endingAfter(Set.of(end)) : grid,
                new TokenChoice.Greedy(),
                above.or(new Unmasking.Scheduled(
                        Quota.fixed(test.integer("num_to_transfer", 1)), Confidence.probability())),
                new TokenEditing(test.number("editing_threshold", 0.9), test.integer("max_post_steps", 16))));
        Texts.cut(g.canvases.get(0), prompt, length, end);
        g.compare();
    }
}
