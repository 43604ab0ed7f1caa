package io.palimpsest.cli;

import java.util.Locale;

/** What {@code --precision} may say. */
enum Precision {
    AUTO,
    FP32,
    BF16,
    INT8;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
