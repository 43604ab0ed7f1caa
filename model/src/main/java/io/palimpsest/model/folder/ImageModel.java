package io.palimpsest.model.folder;

import io.palimpsest.model.architecture.Magvit2;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An image tokenizer's folder: {@code config.json} with the class {@code MAGVITv2} and the weights beside it. */
public final class ImageModel {

    private static final String CLASS = "MAGVITv2";

    /** The codebook, which is nothing but the bits of each code's id. */
    private static final List<String> BESIDE = List.of("quantize\\.(embedding|power_vals)");

    private ImageModel() {}

    /** Whether {@code folder} holds one. */
    public static boolean isAt(Path folder) {
        Path config = folder.resolve("config.json");
        return Files.exists(config)
                && Configuration.read(config)
                        .json()
                        .path("_class_name")
                        .asText()
                        .equals(CLASS);
    }

    /** Loads the one in {@code folder}, in fp32. */
    public static Magvit2 load(Path folder) {
        try (Checkpoint checkpoint = TransformersCheckpoint.open(folder)) {
            StrictWeights weights = StrictWeights.of(checkpoint);
            Magvit2 model = Magvit2.load(weights);
            weights.requireAllAsked(checkpoint, BESIDE);
            return model;
        }
    }
}
