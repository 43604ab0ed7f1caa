package io.palimpsest.examples;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Decoding;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.models.DefaultModel;
import io.palimpsest.tensor.Seed;

/** Writes with strategies by name, and with a sampler that is put together from parts. */
public final class Strategies {

    private Strategies() {}

    public static void main(String... arguments) {
        byName();
        fromParts();
    }

    private static void byName() {
        // tag::name[]
        try (Engine engine = Engine.open(DefaultModel.folder())) {
            Decoding bounded = Decoding.defaults()
                    .strategy(Strategy.ENTROPY_BOUNDED)
                    .threshold(0.4)
                    .maxTokens(24);
            Answer answer = engine.generate(
                    Request.chat("Name three planets.").decoding(bounded).seed(1));
            System.out.printf("%s (%d passes)%n", answer.text(), answer.forwardPasses());
        }
        // end::name[]
    }

    private static void fromParts() {
        // tag::parts[]
        try (ModelFolder folder = ModelFolder.open(DefaultModel.folder());
                LanguageModel model = folder.load();
                Denoiser denoiser = model.network().open()) {
            Unmasking oneOrSure = new Unmasking.AtLeast(Quota.fixed(1), 0.8, Confidence.margin());
            Sampler sampler = new Sampler(denoiser, Blocks.of(4), new TokenChoice.Greedy(), oneOrSure);
            int[] prompt = model.tokenizer().encode("The capital of France is");
            Canvas canvas = Canvas.of(prompt).extend(8);
            Filled filled = sampler.fill(canvas, Seed.of(1));
            System.out.println(model.tokenizer().decode(canvas.ids(new Span(prompt.length, canvas.length()))));
            System.out.printf("%.1f tokens for each pass%n", filled.tokensPerForward());
        }
        // end::parts[]
    }
}
