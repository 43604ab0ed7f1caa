package io.palimpsest.training.adapt;

import io.palimpsest.training.settings.TrainerSettings;
import java.util.List;

/**
 * A model to be taught a user's own conversations: everything it depends on but the model. Relative paths start at the plan's
 * own folder.
 *
 * @param kind {@code fine_tuning}
 * @param output where the run and the model go
 * @param threads processor threads
 * @param rank the rank of the adapter, where the model has none to go on from
 */
public record FineTuningPlan(
        String kind,
        String output,
        long seed,
        int threads,
        int rank,
        Data data,
        Objective objective,
        TrainerSettings training) {

    /**
     * Conversations as JSON lines.
     *
     * @param heldOut the share that is never trained on
     * @param longest tokens; longer conversations are cut
     */
    public record Data(List<String> files, double heldOut, int longest) {}

    /** The numbers of {@link io.palimpsest.training.objective.MaskedNextToken.Settings}; targets are the text itself. */
    public record Objective(List<Integer> blockLengths, double fullyHidden, double rightContext, int tilings) {}
}
