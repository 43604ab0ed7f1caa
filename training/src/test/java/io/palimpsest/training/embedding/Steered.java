package io.palimpsest.training.embedding;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.diffusion.denoiser.EmbeddingRefinement;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Refining;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Seed;

/** Writes under guidance. */
final class Steered {

    private static final int STEPS = 40;

    private Steered() {}

    static String write(EmbeddingDitModel model, Tokenizer tokenizer, EmbeddingGuidance guidance, Seed seed) {
        Canvas canvas = Canvas.of(model.start()).extend(model.length() - 1);
        try (EmbeddingRefinement denoiser = new EmbeddingRefinement(
                model.network(), model.walk(), STEPS, ReverseStep.implicit(1), guidance, any -> seed)) {
            new Sampler(denoiser, Blocks.whole(), new TokenChoice.Greedy(), Unmasking.threshold(0), new Refining(STEPS))
                    .fill(canvas, seed);
        }
        return tokenizer.decode(canvas.ids(canvas.span()));
    }
}
