package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.tensor.file.TensorInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A gated diffusion adapter on disk: what PEFT writes for LoRA, a tensor {@code mask_embedding} with the embedding of a hidden
 * position, {@code sampler_head.in.weight} (hidden, 2C) and {@code sampler_head.out.weight} (C, hidden) where drafts depend on
 * each other, {@code soft_mask.gate} (C) where hidden positions have a continuous state, and these keys of our own in {@code adapter_config.json}:
 *
 * <pre>
 * "palimpsest": {
 *   "entry_layer": 0,              the first layer that canvas positions pass
 *   "right_context": 64,           how many positions right of a gap were in sight in training
 *   "block_lengths": [4, 8, 16],   how many positions were hidden together
 *   "base_sha256": "..."           the file the adapter was trained on
 * }
 * </pre>
 */
record GatedAdapterFile(Configuration config, Safetensors file) implements AutoCloseable {

    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";
    static final String MASK = "mask_embedding";
    static final String SAMPLER = "sampler_head";
    static final String STATE = "soft_mask.gate";
    private static final String PEFT_PREFIX = "base_model.model.";

    /** The adapter in {@code folder}, where one was asked for. */
    static GatedAdapterFile require(Path folder) {
        return open(folder)
                .orElseThrow(() -> new InvalidFileException(
                        folder,
                        Files.isDirectory(folder)
                                ? "is no adapter: it holds no " + CONFIG
                                : "is no adapter's folder: there is no such folder"));
    }

    /** The adapter in {@code folder}; empty where there is none. */
    static Optional<GatedAdapterFile> open(Path folder) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            return Optional.empty();
        }
        Configuration config = Configuration.read(folder.resolve(CONFIG));
        if (config.has("peft_type") && !config.text("peft_type").equals("LORA")) {
            throw config.wrong("peft_type", "'LORA'", config.text("peft_type"));
        }
        return Optional.of(new GatedAdapterFile(config, Safetensors.open(folder.resolve(TENSORS))));
    }

    /** alpha / r, or alpha / sqrt(r) for the rank-stabilised kind. */
    double scale() {
        int rank = rank();
        double alpha = config.positive("lora_alpha");
        return config.flag("use_rslora", false) ? alpha / Math.sqrt(rank) : alpha / rank;
    }

    int rank() {
        return config.integer("r", 1, 65536);
    }

    int entryLayer(int layers) {
        return own().integer("entry_layer", 0, layers, 0);
    }

    /** The width of the network that makes drafts depend on each other, the rows of its first map; empty where there is none. */
    OptionalInt samplerHidden() {
        TensorInfo in = file.tensors().get(SAMPLER + ".in.weight");
        return in == null
                ? OptionalInt.empty()
                : OptionalInt.of((int) Arrays.stream(in.shape()).findFirst().orElse(0));
    }

    List<Integer> blockLengths() {
        List<Integer> lengths = new ArrayList<>();
        for (JsonNode length : own().json().path("block_lengths")) {
            lengths.add(length.asInt());
        }
        return lengths;
    }

    Optional<String> baseSha256() {
        return own().has("base_sha256") ? Optional.of(own().text("base_sha256")) : Optional.empty();
    }

    /** Refuses weights other than those with the sum {@code trained}. */
    void requireTrainedOn(String trained, Path weights, FileChecksum checksum) {
        String found = checksum.of(weights);
        if (!found.equalsIgnoreCase(trained)) {
            throw new InvalidFileException(
                    config.file(),
                    "the adapter was trained on weights with SHA-256 " + trained + " ('base_sha256'), but " + weights
                            + " has " + found
                            + ": choose the model it was trained on, or train an adapter for this one");
        }
    }

    /** Where it lies. */
    Path folder() {
        return config.file().resolveSibling("");
    }

    private Configuration own() {
        JsonNode own = config.json().path("palimpsest");
        if (!own.isMissingNode() && !own.isObject()) {
            throw config.wrong("palimpsest", "a JSON object", own);
        }
        return new Configuration(config.file(), own);
    }

    /** The factors by the names of the base model's tensors, with or without PEFT's own prefix. */
    Weights weights() {
        boolean prefixed = file.names().stream().anyMatch(name -> name.startsWith(PEFT_PREFIX));
        Weights all = new FileWeights(file);
        return prefixed ? all.at("base_model.model") : all;
    }

    /** Refuses factors that no map of the base model will ask for: they were made for another model. */
    void requireLayers(int layers) {
        for (String name : file.names()) {
            int at = name.indexOf("model.layers.");
            if (at >= 0 && layer(name.substring(at + "model.layers.".length())) >= layers) {
                throw new InvalidFileException(
                        file.path(),
                        "tensor '" + name + "' belongs to a layer that the base model, which has " + layers
                                + ", does not have");
            }
        }
    }

    private static int layer(String rest) {
        String digits = rest.substring(0, Math.max(0, rest.indexOf('.')));
        return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : 0;
    }

    @Override
    public void close() {
        file.close();
    }
}
