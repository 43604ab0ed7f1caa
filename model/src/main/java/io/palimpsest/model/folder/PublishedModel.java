package io.palimpsest.model.folder;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.tensor.file.InvalidFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A published diffusion language model that has been loaded: its network over canvases, and what its family does.
 *
 * <p>Loading is strict: every tensor the configuration needs must be there in the shape it needs, and a tensor that nothing
 * asked for means that the configuration describes another network.
 */
public record PublishedModel(String family, Configuration config, CanvasNetwork network, Traits traits) {

    /** What checkpoints hold beside their weights: constants, heads for other tasks, copies of tied tensors. */
    private static final List<String> BESIDE = List.of(
            ".*rotary_emb\\.inv_freq",
            ".*position_ids",
            "rope_freqs\\.weight",
            "sampling_eps_(min|max)",
            ".*pooler\\..*",
            "cls\\.seq_relationship\\..*",
            "(cls\\.predictions|lm_head)\\.decoder\\..*",
            "decoder\\.weight");

    private static final List<String> TIED = List.of("lm_head\\.weight", "model\\.transformer\\.ff_out\\.weight");

    /** Loads the model in {@code folder}. */
    public static PublishedModel load(Path folder, Precision precision) {
        try (Checkpoint checkpoint = TransformersCheckpoint.open(folder)) {
            PublishedFamily family =
                    PublishedFamilies.of(checkpoint.config()).orElseThrow(() -> unknown(checkpoint.config()));
            return load(checkpoint, family, precision);
        }
    }

    /** The chat template of the model in {@code folder}; empty where it has none. */
    public static Optional<ChatTemplate> chatTemplate(Path folder) {
        try (Checkpoint checkpoint = TransformersCheckpoint.open(folder)) {
            return checkpoint.template();
        }
    }

    /** Whether there is code for the model in {@code folder}. */
    public static boolean isKnown(Path folder) {
        Configuration config = Configuration.read(folder.resolve("config.json"));
        return config.has("model_type") && PublishedFamilies.of(config).isPresent();
    }

    static PublishedModel load(Checkpoint checkpoint, PublishedFamily family, Precision precision) {
        Configuration config = checkpoint.config();
        StrictWeights weights = StrictWeights.of(checkpoint);
        CanvasNetwork network = family.reader().read(config, Loader.of(weights, precision));
        weights.requireAllAsked(checkpoint, beside(config));
        return new PublishedModel(family.name(), config, network, family.traits());
    }

    private static List<String> beside(Configuration config) {
        boolean tied = config.flag("tie_word_embeddings", false) || config.flag("weight_tying", false);
        return tied ? Stream.concat(BESIDE.stream(), TIED.stream()).toList() : BESIDE;
    }

    /** The complaint about a configuration that no family reads. */
    static InvalidFileException unknown(Configuration config) {
        String type = config.text("model_type");
        String code = config.has("auto_map") ? "; it brings code of its own (auto_map), which is never run" : "";
        String known = PublishedFamilies.LIST.stream()
                .flatMap(family -> family.types().stream().sorted())
                .distinct()
                .collect(Collectors.joining(", "));
        return new InvalidFileException(
                config.file(),
                "model_type is '" + type + "', for which there is no code" + code + "; there is for llama, " + known);
    }
}
