package io.palimpsest.training.scratch;

import io.palimpsest.training.settings.ObjectiveSettings;
import io.palimpsest.training.settings.TrainerSettings;

/**
 * A trained diffusion transformer to be trained further, on other text or for another objective: everything it depends on but the
 * model. Relative paths start at the plan's own folder.
 *
 * @param kind {@code further}
 * @param output where the prepared text, the run and the model go
 * @param threads processor threads
 */
public record FurtherPlan(
        String kind,
        String output,
        long seed,
        int threads,
        ScratchPlan.Compute compute,
        ScratchPlan.Data data,
        ObjectiveSettings objective,
        TrainerSettings training) {}
