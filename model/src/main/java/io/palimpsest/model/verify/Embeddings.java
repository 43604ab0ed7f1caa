package io.palimpsest.model.verify;

import io.palimpsest.diffusion.process.EmbeddingLoss;
import io.palimpsest.diffusion.process.EmbeddingSampler;
import io.palimpsest.diffusion.process.GaussianProcess;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.model.folder.EmbeddingModel;
import io.palimpsest.tensor.Tensor;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Diffusion over word embeddings (Diffusion-LM, arXiv:2205.14217), piece by piece and as a whole. */
final class Embeddings {

    private Embeddings() {}

    private static GaussianProcess process(EmbeddingModel model, RecordedTest test) {
        String spacing = test.text("respacing");
        return spacing.isEmpty() ? model.process() : model.process().respaced(spacing);
    }

    /** The tables of the process. */
    static void schedule(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        GaussianProcess process = process(subject.embeddings(), test);
        if (test.has("timestep_map")) {
            int[] originals =
                    IntStream.range(0, process.steps()).map(process::original).toArray();
            comparison.exact("timestep_map", originals, test.ints("timestep_map"));
        }
        table(test, comparison, "betas", process, process::beta);
        table(test, comparison, "alphas_cumprod", process, process::alphaBar);
        table(test, comparison, "alphas_cumprod_prev", process, t -> process.alphaBar(t - 1));
        table(test, comparison, "posterior_mean_coef1", process, process::posteriorStartWeight);
        table(test, comparison, "posterior_mean_coef2", process, process::posteriorNoisedWeight);
        table(test, comparison, "posterior_log_variance_clipped", process, process::posteriorLogVariance);
    }

    private static void table(
            RecordedTest test, Comparison comparison, String role, GaussianProcess process, IntToDoubleFunction value) {
        if (test.has(role)) {
            double[] got =
                    IntStream.range(0, process.steps()).mapToDouble(value).toArray();
            comparison.numbers(role, got, test.tensor(role).toDoubles(), i -> true);
        }
    }

    /** The network alone. */
    static void denoise(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        comparison.floats(
                "x0_pred", subject.embeddings().network().predict(test.tensor("x"), test.tensor("timesteps")));
    }

    /** Words behind embeddings, and embeddings next to them. */
    static void words(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Tensor hidden = test.tensor("hidden");
        comparison.floats("logits", subject.embeddings().network().logits(hidden));
        if (test.has("rounded")) {
            comparison.floats("rounded", subject.embeddings().network().nearest(hidden));
        }
    }

    /** Noise added, and what is known of the step before. */
    static void diffuse(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        GaussianProcess process = process(subject.embeddings(), test);
        Tensor x0 = test.tensor("x_start");
        int[] steps = test.ints("t");
        Tensor xt = process.diffuse(x0, test.tensor("noise"), steps);
        comparison.floats("x_t", xt);
        if (test.has("posterior_mean")) {
            comparison.floats("posterior_mean", process.posteriorMean(x0, test.tensor("x_t"), steps));
        }
        if (test.has("posterior_log_variance")) {
            int width = (int) (x0.numel() / steps.length);
            float[] rows = new float[steps.length * width];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = (float) process.posteriorLogVariance(steps[i / width]);
            }
            comparison.floats("posterior_log_variance", rows, i -> true);
        }
    }

    /** The end-to-end loss. */
    static void loss(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        EmbeddingModel model = subject.embeddings();
        EmbeddingLoss loss = EmbeddingLoss.of(
                process(model, test),
                model.network(),
                Ids.tensor(test.rows("input_ids")),
                test.ints("t"),
                test.tensor("x_start_noise"),
                test.tensor("noise"));
        comparison.floats("loss", loss.total());
        if (test.has("mse")) {
            comparison.floats("mse", loss.squares());
        }
    }

    /** Texts from noise, with recorded draws. */
    static void sample(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        if (test.flag("clip_denoised")) {
            throw new UnsupportedTestException("it clips embeddings to [-1, 1]");
        }
        EmbeddingModel model = subject.embeddings();
        GaussianProcess process = process(model, test);
        EmbeddingSampler sampler = new EmbeddingSampler(process, model.network(), step(test), test.flag("clamp"));
        Tensor draws = test.tensor("step_noise"); // (steps, B, T, C), the first step's first
        Tensor x = sampler.sample(
                test.tensor("init_noise"), step -> draws.select(0, process.steps() - 1L - step), (step, now) -> {});
        comparison.floats("x_final", x);
        comparison.exact("tokens", model.network().logits(x).argmax(-1).toInts(), test.ints("tokens"));
    }

    private static ReverseStep step(RecordedTest test) {
        if (test.flag("ddim")) {
            return ReverseStep.implicit(test.number("eta", 0));
        }
        return test.text("sigma").equals("fixed_large") ? ReverseStep.ancestralLarge() : ReverseStep.ancestral();
    }
}
