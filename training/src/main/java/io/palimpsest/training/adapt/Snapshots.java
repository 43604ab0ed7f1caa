package io.palimpsest.training.adapt;

import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.TrainingListener;
import java.util.function.IntConsumer;

/**
 * Keeps what has been learnt so far at some of the steps at which it is measured: the points of a curve.
 *
 * @param every steps between snapshots, 0 for none
 * @param save keeps the adapter as it is after a step
 */
record Snapshots(TrainingListener listener, int every, IntConsumer save) implements TrainingListener {

    @Override
    public void reported(Report report) {
        listener.reported(report);
    }

    @Override
    public void measured(int step, long targets, HeldOut.Measured measured) {
        listener.measured(step, targets, measured);
        if (every > 0 && step % every == 0) {
            save.accept(step);
        }
    }

    @Override
    public void noted(String note) {
        listener.noted(note);
    }
}
