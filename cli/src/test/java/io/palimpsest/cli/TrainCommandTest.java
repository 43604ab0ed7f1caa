package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {

    private static final String PLAN = """
            kind: scratch
            output: out
            seed: 1
            threads: 1
            model: {name: tiny, layers: 1, dim: 16, heads: 2, vocabulary: 270, time_conditioned: false, compute: fp32}
            data: {training: [text.txt], held_out: [text.txt], length: 24, held_out_examples: 2}
            objective: {kind: autoregressive}
            training:
              steps: 3
              batch: 2
              accumulate: 1
              learning_rate: {peak: 1.0e-2, warm_up: 0, plateau: 1, decay: linear, floor: 0}
              weight_decay: 0
              clip: 1
              recompute: false
              average: 0
              checkpoint_minutes: 1
              report_every: 1
              measure_every: 3
            """;

    @TempDir
    private Path folder;

    private final CapturedConsole console = new CapturedConsole();

    private void quietly(String... arguments) {
        assertThat(console.run(arguments)).isZero();
        assertThat(console.errors()).isEmpty();
    }

    private String plan(String text) throws IOException {
        Files.writeString(folder.resolve("text.txt"), "the keeper lit the lamp and the ships came home. ".repeat(20));
        return Files.writeString(folder.resolve("plan.yaml"), text).toString();
    }

    @Test
    void a_plan_makes_a_model_that_generates_and_is_measured() throws IOException {
        quietly("train", plan(PLAN), "--json", "--quiet");
        String model = folder.resolve("out").resolve("model").toString();
        assertThat(console.output()).contains(model);
        quietly("generate", "--model", model, "--raw", "--max-tokens", "4", "--quiet", "the");
        String text = folder.resolve("text.txt").toString();
        quietly("evaluate", "--model", model, "--text", text, "--json", "--quiet");
        assertThat(console.output()).contains("\"nats_per_token\"", "\"exact\"");
        quietly("bench", "--model", model, "--quick", "--soak", "2", "--json", "--quiet");
        JsonNode bench = console.json();
        assertThat(bench.get("peak_gflops").asDouble()).isPositive();
        assertThat(bench.get("steps"))
                .extracting(step -> step.get("positions").asInt())
                .contains(1, 8, 16);
        assertThat(bench.get("steps")).allSatisfy(step -> {
            JsonNode milliseconds = step.get("milliseconds");
            assertThat(milliseconds.get("median").asDouble())
                    .isPositive()
                    .isBetween(
                            milliseconds.get("lower_quartile").asDouble(),
                            milliseconds.get("upper_quartile").asDouble());
            assertThat(step.get("share_of_peak").asDouble()).isBetween(0.0, 1.0);
        });
        assertThat(bench.get("decoding").get(0).get("mode").asText()).isEqualTo("unverified");
    }

    @Test
    void a_plan_of_no_known_kind_is_refused_in_one_line() throws IOException {
        assertThat(console.run("train", plan(PLAN.replace("kind: scratch", "kind: magic"))))
                .isEqualTo(3);
        assertThat(console.errors())
                .hasLineCount(1)
                .contains("plan.yaml", "scratch or further or continuous or fine_tuning", "magic");
    }

    @Test
    void a_missing_key_is_named() throws IOException {
        assertThat(console.run("train", plan(PLAN.replace("  clip: 1\n", "")))).isEqualTo(3);
        assertThat(console.errors()).hasLineCount(1).contains("plan.yaml", "clip");
    }
}
