package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** One recorded test of the first form, told in the second. */
record Retold(Path scratch) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The fixture with one of its tests.
     *
     * @param outputs the recorded arrays that are compared
     * @param change what is told differently
     */
    Path as(String fixture, String name, String kind, Set<String> outputs, Consumer<ObjectNode> change)
            throws IOException {
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
        entry.set("params", test.path("params").deepCopy());
        entry.set("tolerance", test.path("tolerance"));
        ObjectNode in = entry.putObject("inputs");
        ObjectNode out = entry.putObject("outputs");
        test.path("arrays").properties().forEach(array -> {
            ObjectNode side = outputs.contains(array.getKey()) ? out : in;
            side.putObject(array.getKey())
                    .put("tensor", array.getValue().path("key").asText());
        });
        change.accept(second);
        JSON.writeValue(scratch.resolve("fixtures.json").toFile(), second);
        return scratch;
    }

    static Path source(String fixture) {
        try {
            return Path.of(Objects.requireNonNull(Retold.class.getResource("fixtures/" + fixture), fixture)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
