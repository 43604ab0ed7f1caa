package io.palimpsest.model.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one form records is told in the other: both must come to the same. */
class SecondFormTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path scratch;

    @ParameterizedTest
    @CsvSource({
        "mdlm/no_time, nelbo_0, nelbo, token_loss mean_loss",
        "mdlm/no_time, nelbo_1, nelbo_mc, token_loss mean_loss sigma dsigma move_chance",
        "bd3lm/block4, block_nelbo, nelbo, token_loss",
        "bd3lm/block4, train_logits, logits_train_mode, logits",
        "bd3lm/block4, sample_logits_16, logits_sample_mode, logits",
        "llada/dense_mha, loglik_cfg_0p7, loglikelihood, log_likelihood",
        "llada/dense_mha, logits_left_padded, logits, logits",
        "llada/dense_mha, gen_blocks_fast, generate, output_ids",
        "dream/gqa_untied, gen_batch_left_padded, generate, output_ids",
        "dream/gqa_untied, gen_block_dual_threshold, generate, output_ids",
        "sdar/gqa, gen_dynamic_0p7_stop, generate, output_ids",
        "fastdllm_v2/gqa, gen_stop, generate, output_ids",
        "llada2_moe/mini_bf16_sharded, gen_eos_stop, generate, output_ids",
        "llada_moe/moe_mixed_bf16, gen_cfg, generate, output_ids",
        "bert/relu_bf16, logits_padded, logits, logits"
    })
    void a_test_of_the_first_form_passes_in_the_second(String fixture, String name, String kind, String outputs)
            throws IOException {
        List<TestResult> results = Verification.run(told(fixture, name, kind, Set.of(outputs.split(" "))), r -> {});
        assertThat(results)
                .singleElement()
                .satisfies(r -> assertThat(r.message()).isEmpty());
    }

    /** The fixture in the second form, with one of its tests. */
    private Path told(String fixture, String name, String kind, Set<String> outputs) throws IOException {
        Path source = source(fixture);
        Path model = Files.createDirectories(scratch.resolve("model"));
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.move(model.resolve("fixtures.safetensors"), scratch.resolve("fixtures.safetensors"));
        Files.delete(model.resolve("manifest.json"));
        JsonNode first = JSON.readTree(source.resolve("manifest.json").toFile());
        JsonNode test = StreamSupport.stream(first.path("tests").spliterator(), false)
                .filter(node -> node.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
        ObjectNode second = JSON.createObjectNode();
        second.set("family", first.path("family"));
        ObjectNode ids = second.putObject("ids");
        ids.set("mask", first.path("mask_token_id"));
        ids.set("eos", first.path("eos_token_id"));
        ObjectNode entry = second.putArray("fixtures").addObject();
        entry.put("id", name).put("kind", kind);
        entry.set("params", test.path("params"));
        entry.set("tolerance", test.path("tolerance"));
        ObjectNode in = entry.putObject("inputs");
        ObjectNode out = entry.putObject("outputs");
        test.path("arrays").properties().forEach(array -> {
            ObjectNode side = outputs.contains(array.getKey()) ? out : in;
            side.putObject(array.getKey())
                    .put("tensor", array.getValue().path("key").asText());
        });
        JSON.writeValue(scratch.resolve("fixtures.json").toFile(), second);
        return scratch;
    }

    private static Path source(String fixture) {
        try {
            return Path.of(Objects.requireNonNull(SecondFormTest.class.getResource("fixtures/" + fixture), fixture)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
