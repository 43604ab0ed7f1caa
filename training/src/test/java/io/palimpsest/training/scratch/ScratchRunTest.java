package io.palimpsest.training.scratch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.evaluation.HeldOutLikelihood;
import io.palimpsest.training.trainer.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchRunTest {

    private static final String MASKED = "{kind: masked, schedule: {kind: polynomial, exponent: 1}, hiding: alike,"
            + " times: antithetic, weighting: bound, per_text: false}";
    private static final String SENTENCE = "the keeper of the lighthouse lit the lamp and the ships came home again. ";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                MASKED,
                "{kind: masked, schedule: {kind: cosine}, hiding: frequency, times: learned, weighting: flat, per_text: true}",
                "{kind: block, lengths: [2, 4], warmed_up: true, schedule: {kind: clipped, low: 0.2, high: 0.9}}",
                "{kind: hybrid, swapped: 0.05}",
                "{kind: complementary}",
                "{kind: autoregressive}"
            })
    void a_model_made_from_nothing_learns_its_text_and_writes_through_the_usual_commands(String objective)
            throws IOException {
        ScratchRun.Result result = ScratchRun.run(plan(objective, 150, ""), line -> {});
        List<Double> losses = losses();
        assertThat(losses.get(losses.size() - 1))
                .as("nats a token, of %s at first", Math.log(290))
                .isLessThan(3.2);
        assertThat(result.report()).exists();
        HeldOutLikelihood bound = HeldOutLikelihood.measure(
                result.model(), folder.resolve("other.jsonl"), 8, 1, OptionalInt.empty(), line -> {});
        assertThat(bound.natsPerToken())
                .as("measured again from the model's folder")
                .isCloseTo(losses.get(losses.size() - 1), within(0.6));
        try (ModelFolder opened = ModelFolder.open(result.model());
                LanguageModel model = opened.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = model.network().open()) {
            int[] prompt = model.tokenizer().encode("the keeper");
            Canvas canvas = Canvas.of(prompt);
            Sampler sampler = new Sampler(
                    denoiser, Blocks.growing(4, 8, Set.of()), new TokenChoice.Greedy(), Unmasking.threshold(0.9));
            sampler.fill(canvas, Seed.of(1));
            assertThat(canvas.length()).isEqualTo(prompt.length + 8);
        }
    }

    private List<Double> losses() {
        return new Metrics(folder.resolve("out").resolve("run").resolve("metrics.jsonl"))
                .read().stream()
                        .filter(line -> line.has("held_out_loss"))
                        .map(line -> line.path("held_out_loss").asDouble())
                        .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"antithetic", "learned"})
    void a_run_that_is_stopped_between_steps_ends_with_the_same_weights(String times) throws IOException {
        String objective = MASKED.replace("antithetic", times);
        Path whole = ScratchRun.run(plan(objective, 12, "a"), line -> {}).model();
        ScratchRun.run(plan(objective, 5, "b"), line -> {});
        Path resumed = ScratchRun.run(plan(objective, 12, "b"), line -> {}).model();
        assertThat(resumed.resolve("model.safetensors")).hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    }

    @Test
    void layers_that_are_computed_again_learn_the_same() throws IOException {
        Path usual = ScratchRun.run(plan(MASKED, 6, "a"), line -> {}).model();
        Path plan = plan(MASKED, 6, "b");
        Files.writeString(plan, Files.readString(plan).replace("recompute: false", "recompute: true"));
        Path again = ScratchRun.run(plan, line -> {}).model();
        try (Safetensors a = Safetensors.open(usual.resolve("model.safetensors"));
                Safetensors b = Safetensors.open(again.resolve("model.safetensors"));
                Scope memory = Scope.inference()) {
            for (String name : a.tensors().keySet()) {
                assertThat(b.read(name).toFloats())
                        .as(name)
                        .containsExactly(a.read(name).toFloats(), within(1e-4f));
            }
        }
    }

    @Test
    void products_in_bf16_learn_like_those_in_fp32_and_leave_fp32_weights() throws IOException {
        ScratchRun.run(plan(MASKED, 60, ""), line -> {});
        double usual = lastLoss();
        Path plan = plan(MASKED, 60, "");
        Files.writeString(
                plan,
                Files.readString(plan)
                        .replace("compute: fp32", "compute: bf16")
                        .replace("output: out", "output: half"));
        Path model = ScratchRun.run(plan, line -> {}).model();
        Files.move(folder.resolve("out"), folder.resolve("fp32"));
        Files.move(folder.resolve("half"), folder.resolve("out"));
        assertThat(lastLoss()).isCloseTo(usual, within(0.15));
        try (Safetensors weights = Safetensors.open(
                folder.resolve("out").resolve(model.getFileName()).resolve("model.safetensors"))) {
            assertThat(weights.tensors().values())
                    .allSatisfy(info -> assertThat(info.toString()).contains("F32"));
        }
    }

    private double lastLoss() {
        List<Double> losses = losses();
        return losses.get(losses.size() - 1);
    }

    @Test
    void a_plan_with_a_wrong_number_is_refused_with_its_line() throws IOException {
        Path plan = plan(MASKED.replace("alike", "sideways"), 5, "");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> ScratchRun.run(plan, line -> {}))
                .withMessageContaining("plan.yaml")
                .withMessageContaining("sideways");
    }

    private Path plan(String objective, int steps, String out) throws IOException {
        Files.writeString(folder.resolve("text.txt"), (SENTENCE.repeat(4) + "\n\n").repeat(60));
        Files.writeString(folder.resolve("other.jsonl"), "{\"text\": \"" + SENTENCE.repeat(6) + "\"}\n");
        return Files.writeString(folder.resolve("plan.yaml"), """
                kind: scratch
                output: out%s
                seed: 1
                threads: 1
                model: {name: tiny, layers: 1, dim: 32, heads: 2, vocabulary: 290, time_conditioned: false, compute: fp32}
                data: {training: [text.txt], held_out: [other.jsonl], length: 48, held_out_examples: 4}
                objective: %s
                training:
                  steps: %d
                  batch: 8
                  accumulate: 1
                  learning_rate: {peak: 1.0e-2, warm_up: 5, plateau: 1, decay: linear, floor: 0}
                  weight_decay: 0.01
                  clip: 1
                  recompute: false
                  average: 0.9
                  checkpoint_minutes: 1
                  report_every: 10
                  measure_every: 10
                """.formatted(out, objective, steps));
    }
}
