package io.palimpsest.training.scratch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.evaluation.HeldOutLikelihood;
import io.palimpsest.training.trainer.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FurtherRunTest {

    private static final String SENTENCE = "the keeper of the lighthouse lit the lamp and the ships came home again. ";
    private static final String MODEL = "model: {name: tiny, layers: 1, dim: 32, heads: 2, vocabulary: 290,"
            + " time_conditioned: false, compute: fp32}";

    @TempDir
    private Path folder;

    private Path base = Path.of("");

    @BeforeEach
    void aModelFromNothing() throws IOException {
        base = ScratchRun.run(plan("scratch", MODEL, "{kind: complementary}", 60), line -> {})
                .model();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{kind: certainty, beta: 2, temperature: 0.5}",
                "{kind: self_distilled, steps: 2, step_size: 0.1}",
                "{kind: complementary}"
            })
    void a_model_learns_further_and_stays_a_model(String objective) throws IOException {
        ScratchRun.Result result = FurtherRun.run(further(objective), base, line -> {});
        assertThat(result.model().resolve("config.json")).hasSameTextualContentAs(base.resolve("config.json"));
        assertThat(result.report()).exists();
        assertThat(Files.mismatch(result.model().resolve("model.safetensors"), base.resolve("model.safetensors")))
                .as("the first byte that has changed")
                .isNotNegative();
        assertThat(losses("further"))
                .isNotEmpty()
                .allSatisfy(loss -> assertThat(loss).isFinite());
        assertThat(bound(result.model())).isLessThan(bound(base) + 1);
    }

    @Test
    void more_of_the_same_lowers_the_loss_further() throws IOException {
        double before = bound(base);
        assertThat(bound(FurtherRun.run(further("{kind: complementary}"), base, line -> {})
                        .model()))
                .isLessThan(before - 0.1);
    }

    @Test
    void a_model_of_another_type_is_refused() throws IOException {
        Path plan = further("{kind: autoregressive}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FurtherRun.run(plan, base, line -> {}))
                .withMessageContaining("type ar_dit")
                .withMessageContaining("type mdlm");
    }

    @Test
    void nothing_teaches_a_model_made_from_nothing() throws IOException {
        Path plan = plan("other", MODEL, "{kind: self_distilled, steps: 2, step_size: 0.1}", 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScratchRun.run(plan, line -> {}))
                .withMessageContaining("kind further");
    }

    @Test
    void a_wrong_number_of_an_objective_is_refused_with_its_line() throws IOException {
        Path plan = further("{kind: self_distilled, steps: 0, step_size: 0.1}");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> FurtherRun.run(plan, base, line -> {}))
                .withMessageContaining("at least 1 step");
    }

    private double bound(Path model) {
        return HeldOutLikelihood.measure(model, folder.resolve("other.jsonl"), 16, 1, OptionalInt.empty(), line -> {})
                .natsPerToken();
    }

    private List<Double> losses(String out) {
        return new Metrics(folder.resolve(out).resolve("run").resolve("metrics.jsonl"))
                .read().stream()
                        .filter(line -> line.has("held_out_loss"))
                        .map(line -> line.path("held_out_loss").asDouble())
                        .toList();
    }

    private Path further(String objective) throws IOException {
        return plan("further", "compute: fp32", objective, 60);
    }

    private Path plan(String output, String model, String objective, int steps) throws IOException {
        Files.writeString(folder.resolve("text.txt"), (SENTENCE.repeat(4) + "\n\n").repeat(60));
        Files.writeString(folder.resolve("other.jsonl"), "{\"text\": \"" + SENTENCE.repeat(6) + "\"}\n");
        return Files.writeString(folder.resolve(output + ".yaml"), """
                kind: scratch
                output: %s
                seed: 1
                threads: 1
                %s
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
                  average: 0
                  checkpoint_minutes: 1
                  report_every: 10
                  measure_every: 10
                """.formatted(output, model, objective, steps));
    }
}
