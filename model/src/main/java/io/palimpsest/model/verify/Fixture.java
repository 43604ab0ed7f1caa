package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.folder.Configuration;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A folder with a checkpoint and what a reference implementation computed from it.
 *
 * @param folder where it is
 * @param model the checkpoint's folder
 * @param manifest the file that lists the tests
 * @param file the recorded tensors
 */
record Fixture(Path folder, Path model, Configuration manifest, TensorFile file, List<RecordedTest> tests)
        implements AutoCloseable {

    private static final String FIRST_FORM = "manifest.json";
    private static final String SECOND_FORM = "fixtures.json";

    static boolean isAt(Path folder) {
        return Files.exists(folder.resolve(FIRST_FORM)) || Files.exists(folder.resolve(SECOND_FORM));
    }

    static Fixture open(Path folder) {
        boolean first = Files.exists(folder.resolve(FIRST_FORM));
        Configuration manifest = Configuration.read(folder.resolve(first ? FIRST_FORM : SECOND_FORM));
        String tensors = first ? "fixtures_file" : "tensors";
        TensorFile file = TensorFile.open(
                folder.resolve(manifest.has(tensors) ? manifest.text(tensors) : "fixtures.safetensors"));
        List<RecordedTest> tests = first ? firstForm(manifest, file) : secondForm(manifest, file);
        Path model = first ? folder : folder.resolve("model");
        return new Fixture(folder, model, manifest, file, tests);
    }

    String family() {
        return manifest.text("family");
    }

    /** The mask's id, as the manifest says. */
    OptionalInt maskId() {
        JsonNode ids = manifest.json().path("ids").path("mask");
        JsonNode id = manifest.has("mask_token_id") ? manifest.json().get("mask_token_id") : ids;
        return id.isInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
    }

    /** The id the manifest calls {@code name}. */
    OptionalInt id(String name) {
        JsonNode own = manifest.json().path(name + "_token_id");
        JsonNode id = own.isInt() ? own : manifest.json().path("ids").path(name);
        return id.isInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
    }

    private static List<RecordedTest> firstForm(Configuration manifest, TensorFile file) {
        List<RecordedTest> tests = new ArrayList<>();
        if (manifest.json().path("tokenizer").path("samples").isArray()) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.set("rows", manifest.json().path("tokenizer").path("samples"));
            node.set("note", manifest.json().path("tokenizer").path("note"));
            tests.add(new RecordedTest("tokenizer", "tokenizer", node, Map.of(), Map.of(), file));
        }
        for (JsonNode node : list(manifest, "tests")) {
            Map<String, String> keys = new HashMap<>();
            node.path("arrays")
                    .properties()
                    .forEach(e -> keys.put(e.getKey(), e.getValue().path("key").asText()));
            tests.add(new RecordedTest(
                    node.path("name").asText(), node.path("kind").asText(), node, keys, Map.of(), file));
        }
        return tests;
    }

    private static List<RecordedTest> secondForm(Configuration manifest, TensorFile file) {
        List<RecordedTest> tests = new ArrayList<>();
        for (JsonNode node : list(manifest, "fixtures")) {
            Map<String, String> keys = new HashMap<>();
            Map<String, JsonNode> values = new HashMap<>();
            for (String side : List.of("inputs", "outputs")) {
                node.path(side).properties().forEach(e -> {
                    if (e.getValue().has("tensor")) {
                        keys.put(e.getKey(), e.getValue().path("tensor").asText());
                    } else {
                        values.put(e.getKey(), e.getValue().path("value"));
                    }
                });
            }
            tests.add(
                    new RecordedTest(node.path("id").asText(), node.path("kind").asText(), node, keys, values, file));
        }
        return tests;
    }

    private static JsonNode list(Configuration manifest, String key) {
        JsonNode list = manifest.json().path(key);
        if (!list.isArray()) {
            throw new InvalidFileException(manifest.file(), "should have a list '" + key + "'");
        }
        return list;
    }

    @Override
    public void close() {
        file.close();
    }
}
