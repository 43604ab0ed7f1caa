package io.palimpsest.model.folder;

import io.palimpsest.model.layer.Precision;

/** A family of checkpoints: how one is recognised, what holds for it, and what it becomes. */
public interface Family {

    /** What people call it. */
    String name();

    /** Whether this family's code reads {@code folder}. */
    boolean reads(ModelFolder folder);

    /** What holds for the model in {@code folder}. */
    Traits traits(ModelFolder folder);

    /** Whether its models may be given a gated adapter of another folder. */
    default boolean takesAdapter() {
        return false;
    }

    /** Reads its weights. */
    Network load(ModelFolder folder, Precision precision);
}
