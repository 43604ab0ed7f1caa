package io.palimpsest.training.benchmark;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The denoising step over so many hidden positions behind a prompt: the logits of all of them, and each one's likeliest token. */
final class StepMeasure implements AutoCloseable {

    private final LanguageModel model;
    private final Denoiser denoiser;
    private final Canvas canvas;
    private final Span hidden;
    private final Optional<Products> products;
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> multiplied = new ArrayList<>();

    StepMeasure(LanguageModel model, Denoiser denoiser, int[] prompt, int positions) {
        this.model = model;
        this.denoiser = denoiser;
        this.canvas = Canvas.of(prompt).extend(positions);
        this.hidden = new Span(prompt.length, prompt.length + positions);
        this.products = denoiser instanceof GatedLlama.Session session
                ? Optional.of(Products.of(session.model().body(), positions))
                : Optional.empty();
    }

    /** Measures once. */
    void measure() {
        if (isContinuous()) {
            denoiser.release(canvas); // it counts its steps from noise to text, and each is the first
        }
        steps.add(milliseconds(this::step));
        products.ifPresent(all -> multiplied.add(milliseconds(all::run)));
    }

    /** Forgets what was measured, which was the warm-up. */
    void forget() {
        steps.clear();
        multiplied.clear();
    }

    private void step() {
        try (Scope memory = Scope.inference()) {
            denoiser.logits(canvas, hidden).argmax(-1).toInts();
        }
    }

    static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /**
     * What was measured.
     *
     * @param multiplications of one row in linear maps
     * @param peak operations a second
     */
    BenchmarkReport.Step result(long multiplications, double peak) {
        Spread milliseconds = Spread.of(steps);
        double operations = 2.0 * multiplications * rows();
        return new BenchmarkReport.Step(
                hidden.length(),
                milliseconds,
                operations / (milliseconds.median() / 1e3) / peak,
                products.map(all -> Spread.of(multiplied).median() / milliseconds.median()));
    }

    private boolean isContinuous() {
        return model.traits().noise() == Traits.Noise.NORMAL;
    }

    /**
     * Who keeps keys and values of what is settled computes the hidden positions only, others the whole canvas, and a model of noised
     * embeddings rows that always have one length.
     */
    private int rows() {
        Traits traits = model.traits();
        if (isContinuous()) {
            return model.context();
        }
        boolean cached = traits.attention() == Traits.Attention.CAUSAL_CONTEXT
                || (traits.attention() == Traits.Attention.BLOCK_CAUSAL && traits.shift() == 0);
        return cached ? hidden.length() : hidden.end();
    }

    @Override
    public void close() {
        denoiser.release(canvas);
    }
}
