package io.palimpsest.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The models that ship with Palimpsest: {@link DefaultModel}, and a small continuous one for restaurant texts. */
public final class ShippedModels {

    /** The model of noised word embeddings that was learnt from restaurant descriptions. */
    public static final String RESTAURANTS = "e2e-continuous";

    static final ShippedFiles RESTAURANT_FILES = new ShippedFiles(
            RESTAURANTS,
            "model.safetensors",
            Optional.empty(),
            List.of(
                    "config.json",
                    "tokenizer.json",
                    "classifier.json",
                    "classifier.safetensors",
                    "README.md",
                    "NOTICE"));

    private ShippedModels() {}

    /** The folder of the one called {@code name}. */
    public static Optional<Path> find(String name) {
        return files().filter(files -> files.name().equals(name))
                .map(ShippedFiles::folder)
                .findFirst();
    }

    /** The folders of all, the default one first. */
    public static List<Path> all() {
        return files().map(ShippedFiles::folder).toList();
    }

    private static Stream<ShippedFiles> files() {
        return Stream.of(DefaultModel.FILES, RESTAURANT_FILES).filter(ShippedFiles::exist);
    }
}
