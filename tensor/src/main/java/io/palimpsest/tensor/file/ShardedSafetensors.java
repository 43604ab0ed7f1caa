package io.palimpsest.tensor.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.palimpsest.tensor.Tensor;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Several safetensors files that a {@code model.safetensors.index.json} beside them lists as one. */
public final class ShardedSafetensors implements TensorFile {

    private final Path index;
    private final Map<String, Safetensors> shards; // by the name of a tensor
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private ShardedSafetensors(Path index, Map<String, Safetensors> shards) {
        this.index = index;
        this.shards = shards;
        shards.forEach((name, shard) -> tensors.put(name, shard.info(name)));
    }

    /** Opens the index and every file it names; each tensor must be where the index says. */
    public static ShardedSafetensors open(Path index) {
        Map<String, Safetensors> opened = new LinkedHashMap<>();
        try {
            Map<String, Safetensors> shards = new LinkedHashMap<>();
            weightMap(index)
                    .forEach((name, file) ->
                            shards.put(name, opened.computeIfAbsent(file, f -> Safetensors.open(inside(index, f)))));
            return new ShardedSafetensors(index, shards);
        } catch (RuntimeException e) {
            opened.values().forEach(Safetensors::close);
            throw e;
        }
    }

    /** JSON starts with a brace; read as a header's length those first bytes would be absurd. */
    static boolean recognises(FileBytes bytes) {
        return bytes.size() >= 8
                && bytes.copy(0, 1)[0] == '{'
                && Long.compareUnsigned(bytes.longAt(0), SafetensorsHeader.LARGEST) > 0;
    }

    private static Map<String, String> weightMap(Path index) {
        try (JsonParser json = HeaderJson.parser(contents(index))) {
            Map<String, String> map = new LinkedHashMap<>();
            expect(index, json, json.nextToken(), JsonToken.START_OBJECT, "the start");
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                if (key.equals("weight_map")) {
                    expect(index, json, value, JsonToken.START_OBJECT, "weight_map");
                    strings(index, json, map);
                } else {
                    json.skipChildren();
                }
            }
            if (map.isEmpty()) {
                throw new InvalidFileException(index, "its weight_map lists no tensors");
            }
            return map;
        } catch (IOException e) {
            throw HeaderJson.invalid(index, "index", e);
        }
    }

    private static byte[] contents(Path index) {
        try (FileBytes bytes = FileBytes.open(index)) {
            if (bytes.size() > SafetensorsHeader.LARGEST) {
                throw new InvalidFileException(index, "an index of " + bytes.size() + " bytes is too large");
            }
            return bytes.copy(0, (int) bytes.size());
        }
    }

    private static void strings(Path index, JsonParser json, Map<String, String> into) throws IOException {
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            expect(index, json, json.nextToken(), JsonToken.VALUE_STRING, "weight_map." + name);
            into.put(name, json.getText());
        }
    }

    private static void expect(Path index, JsonParser json, JsonToken found, JsonToken expected, String where) {
        if (found != expected) {
            throw new InvalidFileException(
                    index,
                    "expected " + HeaderJson.say(expected) + " at " + where + "; found "
                            + HeaderJson.say(json.currentToken()));
        }
    }

    /** An index must not name files outside its own folder. Links inside it are the user's business. */
    private static Path inside(Path index, String name) {
        Path folder = Objects.requireNonNullElse(index.toAbsolutePath().getParent(), index.toAbsolutePath())
                .normalize();
        try {
            Path file = folder.resolve(name).normalize();
            if (!name.isEmpty()
                    && !name.contains("..")
                    && !name.contains("\\")
                    && !name.contains(":")
                    && file.startsWith(folder)
                    && !file.equals(folder)) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw new InvalidFileException(index, "'" + name + "' in its weight_map is no file name", e);
        }
        throw new InvalidFileException(index, "its weight_map names '" + name + "', which is outside its folder");
    }

    @Override
    public Path path() {
        return index;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** The metadata of all shards; where two disagree, the earlier wins. */
    @Override
    public Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>();
        shards.values().stream().distinct().forEach(shard -> shard.metadata().forEach(all::putIfAbsent));
        return Collections.unmodifiableMap(all);
    }

    @Override
    public Tensor read(String name) {
        info(name);
        return Objects.requireNonNull(shards.get(name)).read(name);
    }

    @Override
    public void close() {
        shards.values().stream().distinct().forEach(Safetensors::close);
    }
}
