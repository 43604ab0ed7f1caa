package io.palimpsest.cli;

import java.util.Locale;
import java.util.Optional;

/** What {@code --precision} may say. */
enum Precision {
    AUTO,
    FP32,
    BF16,
    INT8;

    /** What it asks the model for; nothing for auto. */
    Optional<io.palimpsest.model.layer.Precision> chosen() {
        return this == AUTO ? Optional.empty() : Optional.of(io.palimpsest.model.layer.Precision.valueOf(name()));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
