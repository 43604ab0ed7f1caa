package io.palimpsest.training.scratch;

import io.palimpsest.model.layer.Precision;
import io.palimpsest.training.settings.ObjectiveSettings;
import io.palimpsest.training.settings.TrainerSettings;
import java.util.List;

/**
 * A model to be made from nothing: everything it depends on. Relative paths start at the plan's own folder.
 *
 * @param kind {@code scratch}
 * @param output where the prepared text, the run and the model go
 * @param threads processor threads
 */
public record ScratchPlan(
        String kind,
        String output,
        long seed,
        int threads,
        Model model,
        Data data,
        ObjectiveSettings objective,
        TrainerSettings training) {

    /** What its linear maps compute with; weights are fp32 in any case. */
    public enum Compute {
        FP32,
        BF16;

        Precision precision() {
            return this == BF16 ? Precision.MIXED : Precision.FP32;
        }
    }

    /**
     * The network's shape.
     *
     * @param vocabulary the number of tokens that are learnt from the text
     * @param timeConditioned whether norms are moved by the noise level (adaLN)
     */
    public record Model(
            String name, int layers, int dim, int heads, int vocabulary, boolean timeConditioned, Compute compute) {

        /** How wide the noise level's embedding is. */
        static final int CONDITION = 128;

        public Model {
            if (layers < 1 || heads < 1 || dim < 1 || dim % (2 * heads) != 0) {
                throw new IllegalArgumentException(
                        "a network needs at least one layer and a width that is a multiple of twice its heads; got "
                                + layers + " layers, width " + dim + ", " + heads + " heads");
            }
        }
    }

    /**
     * Text: plain, or JSON lines with a text each, {@code .gz} unpacked, or Parquet.
     *
     * @param length tokens an example
     * @param heldOutExamples how many held-out examples are looked at during the run
     */
    public record Data(List<String> training, List<String> heldOut, int length, int heldOutExamples) {}
}
