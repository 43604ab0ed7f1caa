package io.palimpsest.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;

/** The vocabulary of SmolLM2-135M-Instruct (Apache-2.0), as its GGUF file holds it, and what transformers makes of it. */
final class Smollm2 {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Smollm2() {}

    static GgufVocabulary vocabulary() {
        try (InputStream in = new GZIPInputStream(resource("smollm2-vocabulary.json.gz"))) {
            JsonNode json = JSON.readTree(in);
            List<Long> types = new ArrayList<>();
            json.path("types").forEach(type -> types.add(type.longValue()));
            return new GgufVocabulary(
                    json.path("pre").asText(), texts(json.path("tokens")), types, texts(json.path("merges")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Tokenizer tokenizer() {
        return Tokenizer.ofJson(vocabulary().tokenizerJson());
    }

    static JsonNode golden() {
        return json("smollm2-golden.json");
    }

    static JsonNode json(String name) {
        try (InputStream in = resource(name)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(Smollm2.class.getResourceAsStream(name), name);
    }
}
