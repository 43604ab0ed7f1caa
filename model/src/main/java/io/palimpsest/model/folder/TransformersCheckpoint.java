package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A model in the files of a Hugging Face repository. */
record TransformersCheckpoint(Path folder, Configuration config, TensorFile tensors) implements Checkpoint {

    static TransformersCheckpoint open(Path folder) {
        Configuration config = Configuration.read(folder.resolve("config.json"));
        Path weights = weights(folder);
        return new TransformersCheckpoint(folder, config, TensorFile.open(weights));
    }

    /** The usual names first; otherwise the only index or the only file of tensors, whatever it is called. */
    private static Path weights(Path folder) {
        for (String name : List.of("model.safetensors", "model.safetensors.index.json")) {
            if (Files.exists(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        List<Path> indices = ending(folder, ".safetensors.index.json");
        List<Path> found = indices.isEmpty() ? ending(folder, ".safetensors") : indices;
        if (found.size() == 1) {
            return found.get(0);
        }
        String others = found.isEmpty()
                ? "no file that ends in .safetensors"
                : found.size() + " others: "
                        + found.stream()
                                .map(file -> String.valueOf(file.getFileName()))
                                .collect(Collectors.joining(", "));
        throw new InvalidFileException(
                folder,
                "has a config.json, but neither model.safetensors nor model.safetensors.index.json, and " + others);
    }

    /** The files that end so; an adapter or smoothing beside the weights is not the weights. */
    private static List<Path> ending(Path folder, String end) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end))
                    .filter(file -> !String.valueOf(file.getFileName()).matches("(adapter|smoothing|fixtures).*"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidFileException(folder, "cannot be listed: " + e.getMessage(), e);
        }
    }

    @Override
    public Weights weights() {
        return new FileWeights(tensors);
    }

    @Override
    public Tokenizer tokenizer() {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            throw new InvalidFileException(
                    folder, "has no tokenizer.json. Save the model's tokenizer in its fast form and put it there");
        }
        return Tokenizer.open(file);
    }

    @Override
    public Optional<ChatTemplate> template() {
        Optional<Configuration> config = optional("tokenizer_config.json");
        Map<String, String> special = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "unk_token", "pad_token", "mask_token")) {
            config.flatMap(c -> token(c.json().path(name))).ifPresent(text -> special.put(name, text));
        }
        Path file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(ChatTemplate.of(read(file), special));
        }
        return config.filter(c -> c.has("chat_template")).map(c -> ChatTemplate.of(c.text("chat_template"), special));
    }

    private static Optional<String> token(JsonNode node) {
        JsonNode text = node.isObject() ? node.path("content") : node;
        return text.isTextual() ? Optional.of(text.textValue()) : Optional.empty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read as text: " + e.getMessage(), e);
        }
    }

    private Optional<Configuration> optional(String name) {
        Path file = folder.resolve(name);
        return Files.exists(file) ? Optional.of(Configuration.read(file)) : Optional.empty();
    }

    @Override
    public Configuration generation() {
        return optional("generation_config.json").orElse(config);
    }

    @Override
    public Set<Integer> stopIds() {
        Set<Integer> ids = new TreeSet<>(config.integers("eos_token_id"));
        ids.addAll(generation().integers("eos_token_id"));
        return ids;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
