package io.palimpsest.training.trainer;

import java.time.Duration;

/** Hears how a run is going. */
public interface TrainingListener {

    /**
     * What a run reports every few steps.
     *
     * @param step the steps made
     * @param steps the steps of the whole run
     * @param targets tokens predicted so far
     * @param loss the last step's loss
     * @param meanLoss the loss, averaged with exponentially falling weights
     * @param accuracy the share of correct predictions at offsets 1 and up since the last report
     * @param norm the norm of the last step's gradients before clipping
     * @param learningRate the last step's
     * @param targetsPerSecond the speed since the run began or was resumed
     * @param left how long the rest will take at this speed
     */
    record Report(
            int step,
            int steps,
            long targets,
            double loss,
            double meanLoss,
            double[] accuracy,
            double norm,
            double learningRate,
            double targetsPerSecond,
            Duration left) {}

    void reported(Report report);

    /** The held-out examples were measured after {@code step} steps. */
    default void measured(int step, long targets, HeldOut.Measured measured) {}

    /** Something that a person should know. */
    default void noted(String note) {}
}
