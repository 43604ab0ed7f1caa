package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.file.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The classifier that lies beside a model that denoises word embeddings, {@code classifier.json} and
 * {@code classifier.safetensors}, and the names of what it tells.
 *
 * @param tags by number
 * @param values of each field by number, the fields in the network's order; number 0 is for a text that does not say it
 * @param spans labels of constituents by number; number 0 is for a span that is none; empty where it knows no spans
 */
public record TextClassifier(
        NoisedTextClassifier network, List<String> tags, Map<String, List<String>> values, List<String> spans) {

    private static final String CONFIGURATION = "classifier.json";

    public TextClassifier {
        tags = List.copyOf(tags);
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        spans = List.copyOf(spans);
    }

    /** Whether there is one in {@code folder}. */
    public static boolean isAt(Path folder) {
        return Files.exists(folder.resolve(CONFIGURATION));
    }

    /** Loads the one in {@code folder}. */
    public static TextClassifier load(Path folder, Precision precision) {
        Configuration c = Configuration.read(folder.resolve(CONFIGURATION));
        List<String> tags = names(c, c.json().path("tags"), "tags");
        Map<String, List<String>> values = new LinkedHashMap<>();
        c.json()
                .path("fields")
                .properties()
                .forEach(field -> values.put(field.getKey(), names(c, field.getValue(), "fields")));
        List<String> spans = c.json().has("spans") ? names(c, c.json().path("spans"), "spans") : List.of();
        NoisedTextClassifier.Config shape = new NoisedTextClassifier.Config(
                EmbeddingDitModel.body(c, 1),
                c.integer("embedding_dim", 1, 1 << 20),
                tags.size(),
                values.values().stream().map(List::size).toList(),
                spans.size());
        try (Safetensors file = Safetensors.open(folder.resolve("classifier.safetensors"))) {
            StrictWeights weights = new StrictWeights(new FileWeights(file), ConcurrentHashMap.newKeySet());
            NoisedTextClassifier network = NoisedTextClassifier.load(Loader.of(weights, precision), shape);
            weights.requireAllAsked(file);
            return new TextClassifier(network, tags, values, spans);
        }
    }

    private static List<String> names(Configuration c, JsonNode list, String key) {
        List<String> names = new ArrayList<>();
        list.forEach(name -> names.add(name.asText()));
        if (names.isEmpty()) {
            throw c.wrong(key, "lists of names", list);
        }
        return names;
    }
}
