package io.palimpsest.model.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.diffusion.sampler.GumbelMax;
import io.palimpsest.model.architecture.Sinusoids;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kinds of replay of which nothing is recorded here, against recordings that must come to the same. */
class UnrecordedKindsTest {

    @TempDir
    private Path scratch;

    private TestResult replayed(String fixture, String name, String kind, String outputs, Consumer<ObjectNode> change)
            throws IOException {
        List<TestResult> results = Verification.run(
                new Retold(scratch).as(fixture, name, kind, Set.of(outputs.split(" ")), change), r -> {});
        assertThat(results).hasSize(1);
        return results.get(0);
    }

    private static ObjectNode params(ObjectNode told) {
        return (ObjectNode) told.path("fixtures").path(0).path("params");
    }

    /** With one mask state and the exact ratios, SEDD's step has the probabilities of MDLM's (arXiv:2406.07524). */
    @ParameterizedTest
    @ValueSource(strings = {"ddpm_cache_4", "ddpm_cache_8"})
    void analytic_steps_write_what_ancestral_ones_write_with_the_same_draws(String name) throws IOException {
        TestResult result = replayed(
                "mdlm/no_time",
                name,
                "generate",
                "output_ids",
                told -> params(told).put("predictor", "analytic"));
        assertThat(result.message()).isEmpty();
    }

    /** One token a step leaves a schedule nothing to round. */
    @Test
    void dllms_sampler_with_a_step_for_each_token_is_lladas() throws IOException {
        TestResult result = replayed(
                "llada/dense_mha",
                "gen_blocks",
                "generate",
                "output_ids",
                told -> params(told)
                        .put("sampler", "dllm MDLMSampler")
                        .put("max_new_tokens", 16)
                        .put("block_size", 8));
        assertThat(result.message()).isEmpty();
    }

    @Test
    void an_end_that_is_never_likeliest_is_suppressed_without_effect_and_any_other_is_not() throws IOException {
        int[] likeliest = likeliest("llada/dense_mha", "gen_blocks");
        int never = IntStream.range(0, 300)
                .filter(id -> Arrays.stream(likeliest).noneMatch(i -> i == id))
                .findFirst()
                .orElseThrow();
        assertThat(suppressing(never).message()).isEmpty();
    }

    @Test
    void an_end_that_was_written_is_not_written_where_it_is_suppressed() throws IOException {
        int[] written = array("llada/dense_mha", "gen_blocks", "output_ids");
        assertThat(suppressing(written[written.length - 1]).message()).isNotEmpty();
    }

    private TestResult suppressing(int end) throws IOException {
        return replayed("llada/dense_mha", "gen_blocks", "generate", "output_ids", told -> {
            params(told).put("logits_eos_inf", true);
            ((ObjectNode) told.path("ids")).put("eos", end);
        });
    }

    private static int[] likeliest(String fixture, String name) throws IOException {
        return array(fixture, name, "calls_argmax");
    }

    private static int[] array(String fixture, String name, String role) throws IOException {
        Path folder = Retold.source(fixture);
        JsonNode tests = new ObjectMapper()
                .readTree(folder.resolve("manifest.json").toFile())
                .path("tests");
        for (JsonNode test : tests) {
            if (test.path("name").asText().equals(name)) {
                String key = test.path("arrays").path(role).path("key").asText();
                try (Scope memory = Scope.inference();
                        Safetensors file = Safetensors.open(folder.resolve("fixtures.safetensors"))) {
                    return file.read(key).toInts();
                }
            }
        }
        throw new IllegalArgumentException("there is no test " + name);
    }

    /** The schedule is linear but for its ends, so the bound over many steps has the weights of the continuous one. */
    @Test
    void the_bound_over_discrete_steps_is_the_continuous_one_where_time_is_not_over() throws IOException {
        TestResult result = replayed(
                "mdlm/no_time",
                "nelbo_0",
                "nelbo",
                "token_loss mean_loss",
                told -> params(told).put("T", 1000));
        assertThat(result.message()).isEmpty();
    }

    @Test
    void even_noise_draws_the_likeliest_token_and_no_temperature_needs_none() {
        try (Scope memory = Scope.inference()) {
            Tensor logits = Tensor.randn(Seed.of(3), 20, 50);
            int[] best = logits.argmax(-1).toInts();
            Tensor even = Tensor.full(0.5, 20, 50);
            assertThat(GumbelMax.choose(logits, even, 1).toInts()).containsExactly(best);
            Tensor any = Tensor.rand(Seed.of(4), 20, 50);
            assertThat(GumbelMax.choose(logits, any, 0).toInts()).containsExactly(best);
        }
    }

    @Test
    void a_token_is_drawn_as_often_as_it_is_probable() {
        try (Scope memory = Scope.inference()) {
            int draws = 20_000;
            Tensor logits = Tensor.of(new float[] {1, 0, -1, 2}, 1, 4).expand(draws, 4);
            int[] ids = GumbelMax.choose(logits, Tensor.rand(Seed.of(5), draws, 4), 1)
                    .toInts();
            double share = Arrays.stream(ids).filter(id -> id == 3).count() / (double) draws;
            assertThat(share).isCloseTo(0.6439, Offset.offset(0.015));
            assertThat(new TreeSet<>(Arrays.stream(ids).boxed().toList())).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void no_time_is_cosines_of_nothing() {
        try (Scope memory = Scope.inference()) {
            float[] waves = Sinusoids.of(Tensor.zeros(1), 6).toFloats();
            assertThat(waves).containsExactly(1, 1, 1, 0, 0, 0);
        }
    }
}
