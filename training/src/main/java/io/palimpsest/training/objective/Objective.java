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
}
