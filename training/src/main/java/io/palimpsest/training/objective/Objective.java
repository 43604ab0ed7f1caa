package io.palimpsest.training.objective;

import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.List;

/** What training minimises: a model together with a formula. */
@FunctionalInterface
public interface Objective {

    /**
     * The loss of one batch, in the caller's scope.
     *
     * @param seed decides everything that is drawn at random: the same seed gives the same loss
     */
    Loss loss(List<Example> batch, Seed seed);

    /** Everything it has learnt from losses so far, which a resumed run needs; empty where it learns nothing. */
    default double[] memory() {
        return new double[0];
    }

    /** Goes on from what {@link #memory} said. */
    default void remember(double[] memory) {}

    /** This objective as it is once {@code share} of a run is over, from 0 to 1: a curriculum. */
    default Objective after(double share) {
        return this;
    }
}
