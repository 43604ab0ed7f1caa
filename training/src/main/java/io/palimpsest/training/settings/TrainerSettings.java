package io.palimpsest.training.settings;

import io.palimpsest.training.trainer.AdamW;
import io.palimpsest.training.trainer.LearningRate;
import io.palimpsest.training.trainer.Trainer;
import java.time.Duration;

/**
 * How a run goes, as its file says it.
 *
 * @param batch examples a pass
 * @param accumulate passes a step
 * @param recompute whether layers are computed again for their gradients, which saves memory and costs a third more time
 * @param average what the moving average of the weights keeps at each step; 0 for none
 */
public record TrainerSettings(
        int steps,
        int batch,
        int accumulate,
        LearningRate learningRate,
        double weightDecay,
        double clip,
        boolean recompute,
        double average,
        double checkpointMinutes,
        int reportEvery,
        int measureEvery) {

    /** The trainer's own. */
    public Trainer.Settings settings(long seed) {
        AdamW.Settings usual = AdamW.Settings.defaults();
        return new Trainer.Settings(
                steps,
                accumulate,
                learningRate,
                new AdamW.Settings(usual.beta1(), usual.beta2(), usual.eps(), weightDecay, clip),
                recompute,
                average,
                Duration.ofMillis((long) (60_000 * checkpointMinutes)),
                reportEvery,
                measureEvery,
                seed);
    }
}
