package io.palimpsest.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tiny vocabularies in the published form of each family, with ids recorded from Hugging Face's tokenizers. */
class PublishedTokenizersTest {

    static Stream<JsonNode> families() {
        return StreamSupport.stream(Smollm2.json("published/samples.json").spliterator(), false);
    }

    static Stream<String> vocabularies() {
        return families().map(family -> family.path("tokenizer").asText()).distinct();
    }

    static Tokenizer open(String name) {
        return Tokenizer.ofJson(Smollm2.json("published/" + name + ".json").toString());
    }

    @ParameterizedTest
    @MethodSource("families")
    void ids_are_those_recorded(JsonNode family) {
        try (Tokenizer tokenizer = open(family.path("tokenizer").asText())) {
            for (JsonNode sample : family.path("samples")) {
                int[] ids = Smollm2.ids(sample.path("ids"));
                assertThat(tokenizer.encodeFramed(sample.path("text").asText())).isEqualTo(ids);
                assertThat(tokenizer.encode(sample.path("text").asText())).isEqualTo(withoutFrame(ids, family));
                if (sample.has("decoded")) {
                    assertThat(tokenizer.decode(ids, true))
                            .isEqualTo(sample.path("decoded").asText());
                }
            }
        }
    }

    /** Only BERT's samples were recorded with [CLS] and [SEP]. */
    private static int[] withoutFrame(int[] ids, JsonNode family) {
        return family.path("name").asText().startsWith("bert") ? Arrays.copyOfRange(ids, 1, ids.length - 1) : ids;
    }

    /** Markup, its parts and text in random order: sealing must change nothing that a template says. */
    @ParameterizedTest
    @MethodSource("vocabularies")
    void templates_and_decoding_are_those_of_the_unsealed_tokenizer(String name) throws IOException {
        String json = Smollm2.json("published/" + name + ".json").toString();
        try (Tokenizer tokenizer = Tokenizer.ofJson(json);
                HuggingFaceTokenizer unsealed = unsealed(json)) {
            int[] special = tokenizer.specialIds().stream().mapToInt(id -> id).toArray();
            for (int seed = 0; seed < 20; seed++) {
                var random = new Random(seed);
                String text =
                        RandomText.of(seed) + spelling(tokenizer, special, random) + " " + RandomText.of(seed + 50)
                                + spelling(tokenizer, special, random) + spelling(tokenizer, special, random);
                int[] ids = tokenizer.encodeTemplate(text);
                assertThat(ids).as("seed %d", seed).isEqualTo(ids(unsealed, text));
                assertThat(tokenizer.decode(ids, true)).isEqualTo(decoded(unsealed, ids, false));
                assertThat(tokenizer.decode(ids)).isEqualTo(decoded(unsealed, ids, true));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("vocabularies")
    void noise_is_decoded_as_by_the_unsealed_tokenizer(String name) throws IOException {
        String json = Smollm2.json("published/" + name + ".json").toString();
        try (Tokenizer tokenizer = Tokenizer.ofJson(json);
                HuggingFaceTokenizer unsealed = unsealed(json)) {
            for (int seed = 0; seed < 20; seed++) {
                int[] ids = new Random(seed).ints(100, 0, tokenizer.size()).toArray();
                assertThat(tokenizer.decode(ids)).as("seed %d", seed).isEqualTo(decoded(unsealed, ids, true));
                assertThat(streamed(tokenizer, ids)).as("seed %d", seed).isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    private static String streamed(Tokenizer tokenizer, int[] ids) {
        TextStream stream = tokenizer.stream();
        var text = new StringBuilder();
        Arrays.stream(ids).forEach(id -> text.append(stream.push(id)));
        return text.append(stream.flush()).toString();
    }

    private static String spelling(Tokenizer tokenizer, int[] special, Random random) {
        return tokenizer.token(special[random.nextInt(special.length)]);
    }

    private static HuggingFaceTokenizer unsealed(String json) throws IOException {
        return HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    }

    private static int[] ids(HuggingFaceTokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static String decoded(HuggingFaceTokenizer tokenizer, int[] ids, boolean skipSpecial) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }
}
