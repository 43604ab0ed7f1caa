package io.palimpsest.model.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Suppressing;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Samplers that draw, with draws so plain that another sampler must give the same text. */
class RecordedDrawsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path scratch;

    private Path model = Path.of("");

    @BeforeEach
    void modelFolder() {
        model = scratch.resolve("model");
    }

    /** Equal noise for all tokens draws the likeliest, and always the first hidden position is a text from left to right. */
    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "true, 0.0001"})
    void first_hitting_with_even_draws_writes_greedily_in_order(boolean kept, double nucleus) throws IOException {
        JsonNode first = copied("bd3lm/block4");
        int mask = first.path("mask_token_id").asInt();
        int bos = 7;
        int strides = 3;
        int block = 4;
        Canvas canvas = Canvas.of(bos).extend(strides * block - 1);
        PublishedModel loaded = PublishedModel.load(model, Precision.FP32);
        Denoiser denoiser =
                new Suppressing(new CanvasDenoiser(loaded.network(), mask, 0, OptionalInt.of(block), 0), Set.of(mask));
        new Sampler(denoiser, Blocks.grid(block), new TokenChoice.Greedy(), Unmasking.sequential())
                .fill(canvas, Seed.of(1));
        int steps = strides * block - 1;
        ObjectNode manifest = manifest(first, "generate");
        ((ObjectNode) manifest.path("ids")).put("bos", bos);
        ObjectNode entry = (ObjectNode) manifest.path("fixtures").get(0);
        entry.putObject("params")
                .put("fh", true)
                .put("kv", kept)
                .put("nuc", nucleus)
                .put("num_steps", 64)
                .put("num_strides", strides)
                .put("block_size", block);
        try (Scope memory = Scope.inference()) {
            write(
                    manifest,
                    Map.of(
                            "uniforms",
                            Tensor.full(0.5, steps, 1, block, mask + 1).to(DType.F64),
                            "clock",
                            Tensor.full(0.5, steps).to(DType.F64),
                            "picks",
                            Tensor.ids(new int[steps])),
                    "sequences",
                    canvas.ids(canvas.span()));
        }
        assertAllPass();
    }

    /** What is certain to appear appears at once; what is certain not to, in the last step: either way in one pass. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 1 - 1e-6})
    void dreams_first_algorithm_with_sure_draws_is_one_pass(double draw) throws IOException {
        JsonNode first = copied("dream/gqa_untied");
        int length = 10;
        int[] prompt = {9, 10, 11, 12};
        Canvas canvas = Canvas.of(prompt).extend(length);
        PublishedModel loaded = PublishedModel.load(model, Precision.FP32);
        Denoiser denoiser =
                new CanvasDenoiser(loaded.network(), first.path("mask_token_id").asInt(), 1);
        new Sampler(denoiser, Blocks.whole(), new TokenChoice.Greedy(), Unmasking.threshold(-1))
                .fill(canvas, Seed.of(1));
        ObjectNode manifest = manifest(first, "generate");
        ((ObjectNode) manifest.path("fixtures").get(0))
                .putObject("params")
                .put("alg", "origin")
                .put("steps", 5)
                .put("eps", 1e-3)
                .put("max_new_tokens", length);
        try (Scope memory = Scope.inference()) {
            write(
                    manifest,
                    Map.of("uniforms", Tensor.full(draw, 5, length), "prompt", Tensor.ids(prompt, 1, prompt.length)),
                    "sequences",
                    canvas.ids(canvas.span()));
        }
        assertAllPass();
    }

    /** Prompts of one batch are filled up with masks to the longest, and each gets what it gets alone. */
    @Test
    void prompts_of_a_fast_dllm_v2_batch_get_what_each_gets_alone() throws IOException {
        JsonNode first = copied("fastdllm_v2/gqa");
        int mask = first.path("mask_token_id").asInt();
        int block = 8;
        int[] lengths = {5, 9, 13};
        int end = 13 / block * block + 2 * block + 1;
        int[] prompts = new int[3 * 13];
        int[] texts = new int[3 * end];
        Arrays.fill(prompts, mask);
        PublishedModel loaded = PublishedModel.load(model, Precision.FP32);
        for (int row = 0; row < 3; row++) {
            Canvas canvas = Canvas.of();
            for (int i = 0; i < lengths[row]; i++) {
                canvas.pin(20 + 7 * i + row);
            }
            System.arraycopy(canvas.ids(canvas.span()), 0, prompts, row * 13, lengths[row]);
            canvas.extend(end - lengths[row]);
            Unmasking sure = new Unmasking.AtLeast(Quota.fixed(1), 0.6, Confidence.probability());
            new Sampler(
                            new CanvasDenoiser(loaded.network(), mask, 1, OptionalInt.of(block), 0),
                            Blocks.grid(4),
                            new TokenChoice.Greedy(),
                            new Unmasking.Opening(sure, block))
                    .fill(canvas, Seed.of(1));
            System.arraycopy(canvas.ids(canvas.span()), 0, texts, row * end, end);
        }
        ObjectNode manifest = manifest(first, "generate");
        ((ObjectNode) manifest.path("fixtures").get(0))
                .putObject("params")
                .put("max_new_tokens", 2 * block)
                .put("threshold", 0.6)
                .put("small_block_size", 4)
                .put("block_size", block);
        try (Scope memory = Scope.inference()) {
            write(manifest, Map.of("prompts", Tensor.ids(prompts, 3, 13)), "sequences", Tensor.ids(texts, 3, end));
        }
        assertAllPass();
    }

    /** Where nothing has changed since all of a block was computed, nothing of it is stale. */
    @Test
    void a_part_of_a_block_over_an_unchanged_rest_is_a_part_of_the_whole() throws IOException {
        JsonNode first = copied("fastdllm_v2/gqa");
        int block = 8;
        int[] ids = IntStream.range(0, 2 * block).map(i -> 30 + 5 * i).toArray();
        PublishedModel loaded = PublishedModel.load(model, Precision.FP32);
        ObjectNode manifest = manifest(first, "cached_logits");
        ObjectNode entry = (ObjectNode) manifest.path("fixtures").get(0);
        entry.putObject("tolerance").put("atol", 1e-4).put("rtol", 1e-4);
        entry.putObject("params")
                .put("block_size", block)
                .put("subblock_start", 2)
                .put("subblock_len", 4);
        try (Scope memory = Scope.inference()) {
            CanvasDenoiser whole = new CanvasDenoiser(loaded.network(), 0, 0, OptionalInt.of(block), 0);
            Tensor logits = whole.logits(Canvas.of(ids), new Span(block + 2, block + 6));
            write(
                    manifest,
                    new TreeMap<>(Map.of(
                            "before_ids",
                            Tensor.ids(ids, 1, ids.length),
                            "part_ids",
                            Tensor.ids(Arrays.copyOfRange(ids, block + 2, block + 6), 1, 4))),
                    "logits",
                    logits.unsqueeze(0));
        }
        assertAllPass();
    }

    /** Nothing is surer than certain: LLaDA2.1 without edits writes what LLaDA2.0 was recorded to write. */
    @Test
    void editing_that_never_happens_changes_nothing() throws IOException {
        JsonNode first = copied("llada2_moe/mini_bf16_sharded");
        ObjectNode manifest = manifest(first, "generate");
        ObjectNode entry = (ObjectNode) manifest.path("fixtures").get(0);
        for (JsonNode test : first.path("tests")) {
            if (test.path("name").asText().equals("gen_threshold")) {
                entry.set("params", test.path("params"));
                ((ObjectNode) entry.path("params")).put("editing_threshold", 1).put("max_post_steps", 3);
                entry.putObject("inputs")
                        .putObject("prompt")
                        .put(
                                "tensor",
                                test.path("arrays").path("prompt").path("key").asText());
                entry.putObject("outputs")
                        .putObject("sequences")
                        .put(
                                "tensor",
                                test.path("arrays")
                                        .path("output_ids")
                                        .path("key")
                                        .asText());
            }
        }
        Files.move(model.resolve("fixtures.safetensors"), scratch.resolve("fixtures.safetensors"));
        JSON.writeValue(scratch.resolve("fixtures.json").toFile(), manifest);
        assertAllPass();
    }

    private void assertAllPass() {
        assertThat(Verification.run(scratch, r -> {}))
                .singleElement()
                .satisfies(r -> assertThat(r.message()).isEmpty());
    }

    /** Copies a fixture's checkpoint; its manifest comes back. */
    private JsonNode copied(String fixture) throws IOException {
        Path source = source(fixture);
        Files.createDirectories(model);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.delete(model.resolve("manifest.json"));
        return JSON.readTree(source.resolve("manifest.json").toFile());
    }

    private static ObjectNode manifest(JsonNode first, String kind) {
        ObjectNode second = JSON.createObjectNode();
        second.set("family", first.path("family"));
        second.putObject("ids").set("mask", first.path("mask_token_id"));
        second.putArray("fixtures").addObject().put("id", "drawn").put("kind", kind);
        return second;
    }

    private void write(ObjectNode manifest, Map<String, Tensor> inputs, String output, int[] expected)
            throws IOException {
        write(manifest, inputs, output, Tensor.ids(expected, 1, expected.length));
    }

    private void write(ObjectNode manifest, Map<String, Tensor> inputs, String output, Tensor expected)
            throws IOException {
        ObjectNode entry = (ObjectNode) manifest.path("fixtures").get(0);
        ObjectNode in = entry.putObject("inputs");
        inputs.keySet().forEach(role -> in.putObject(role).put("tensor", role));
        entry.putObject("outputs").putObject(output).put("tensor", output);
        Map<String, Tensor> all = new HashMap<>(inputs);
        all.put(output, expected);
        Files.deleteIfExists(model.resolve("fixtures.safetensors"));
        Safetensors.write(scratch.resolve("fixtures.safetensors"), all, Map.of());
        JSON.writeValue(scratch.resolve("fixtures.json").toFile(), manifest);
    }

    private static Path source(String fixture) {
        try {
            return Path.of(Objects.requireNonNull(RecordedDrawsTest.class.getResource("fixtures/" + fixture), fixture)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
