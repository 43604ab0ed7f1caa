package io.palimpsest.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the model that is used where none is named lies as files. */
public final class DefaultModel {

    /** What it is called. */
    public static final String NAME = "smollm2-135m-diffusion";

    /** The base model, unchanged from its makers' quantised release. */
    static final String BASE = "SmolLM2-135M-Instruct.Q4_1.gguf";

    static final String BASE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    static final ShippedFiles FILES = new ShippedFiles(
            NAME,
            BASE,
            Optional.of(BASE_SHA256),
            List.of("smoothing.safetensors", "adapter_config.json", "adapter_model.safetensors", "README.md"));

    private DefaultModel() {}

    /** The model's folder. */
    public static Path folder() {
        return FILES.folder();
    }
}
