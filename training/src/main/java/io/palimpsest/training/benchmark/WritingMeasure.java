package io.palimpsest.training.benchmark;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.diffusion.sampler.Acceptance;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.HybridSampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Decoding;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.List;

/** One way to write, all of whose texts are counted. */
final class WritingMeasure {

    /** The epsilon of typical acceptance that help suggests. */
    private static final double EPSILON = 0.3;

    /** Writes a text to a prompt. */
    private interface Way {
        Written write(String prompt, long seed);
    }

    private record Written(int tokens, int passes, double seconds) {}

    private final String mode;
    private final Way way;
    private final List<Double> tokensPerSecond = new ArrayList<>();
    private int tokens;
    private int passes;

    private WritingMeasure(String mode, Way way) {
        this.mode = mode;
        this.way = way;
    }

    /** All ways that the engine's model can write in, each with the model's own settings. */
    static List<WritingMeasure> all(Engine engine, Denoiser denoiser, int tokens) {
        Decoding some = Decoding.defaults().maxTokens(tokens);
        WritingMeasure unverified = new WritingMeasure("unverified", drafted(engine, some.verify(false)));
        return denoiser instanceof HybridDenoiser hybrid
                ? List.of(
                        new WritingMeasure("base alone", alone(engine.model(), hybrid, tokens)),
                        new WritingMeasure("verified", drafted(engine, some.verify(true))),
                        new WritingMeasure("typical", drafted(engine, some.typical(EPSILON))),
                        unverified)
                : List.of(unverified);
    }

    private static Way drafted(Engine engine, Decoding decoding) {
        return (prompt, seed) -> {
            Answer answer = engine.generate(
                    request(engine.model(), prompt).decoding(decoding).seed(seed));
            return new Written(answer.tokens(), answer.forwardPasses(), answer.seconds());
        };
    }

    /** The autoregressive mode, a token a pass: nothing is drafted. */
    private static Way alone(LanguageModel model, HybridDenoiser hybrid, int tokens) {
        Traits.Decoding own = model.traits().decoding();
        HybridSampler sampler = new HybridSampler(
                hybrid,
                TokenChoice.of(own.temperature(), own.topP()),
                0,
                new Acceptance.Judged(1),
                tokens,
                model.stopIds());
        return (prompt, seed) -> {
            long start = System.nanoTime();
            Filled filled = sampler.fill(new Fill(Canvas.of(ids(model, prompt)), Seed.of(seed), frame -> {}));
            return new Written(filled.tokens(), filled.forwardPasses(), (System.nanoTime() - start) / 1e9);
        };
    }

    static Request request(LanguageModel model, String prompt) {
        return model.template().isPresent() ? Request.chat(prompt) : Request.continuing(prompt);
    }

    static int[] ids(LanguageModel model, String prompt) {
        return model.template()
                .map(template -> model.tokenizer().encodeChat(template, List.of(Message.user(prompt)), true))
                .orElseGet(() -> model.tokenizer().encode(prompt));
    }

    void warmUp(String prompt) {
        way.write(prompt, 0);
    }

    /** Writes once to each prompt; what comes out is one measurement. */
    void measure(List<String> prompts, long seed) {
        int written = 0;
        double seconds = 0;
        for (String prompt : prompts) {
            Written text = way.write(prompt, seed);
            written += text.tokens;
            passes += text.passes;
            seconds += text.seconds;
        }
        tokens += written;
        tokensPerSecond.add(written / seconds);
    }

    BenchmarkReport.Writing result() {
        return new BenchmarkReport.Writing(mode, Spread.of(tokensPerSecond), tokens / (double) passes, tokens);
    }
}
