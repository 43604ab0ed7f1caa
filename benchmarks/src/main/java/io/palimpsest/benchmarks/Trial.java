package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.model.denoiser.ClassifierGuidance.Wanted;
import io.palimpsest.training.data.Constituent;
import java.util.Map;
import java.util.Optional;

/**
 * A text to write, and how it is judged.
 *
 * @param target what is wanted, for people
 * @param canvas what is given of it
 * @param wanted what it is steered towards by a classifier
 * @param phrase what it is to say word for word, by what the model itself expects; empty for nothing
 * @param constituent what its syntax tree is to have, which only a parser can judge
 */
record Trial(
        String target, Canvas canvas, Wanted wanted, String phrase, Optional<Constituent> constituent, Judge judge) {

    /** A trial that is steered by a classifier, if at all. */
    Trial(String target, Canvas canvas, Wanted wanted, Judge judge) {
        this(target, canvas, wanted, "", Optional.empty(), judge);
    }

    /** The name of the measure that counts. */
    static final String SUCCESS = "success";

    /** Judges texts. */
    @FunctionalInterface
    interface Judge {

        /** How well {@code text} does what was wanted, from 0 to 1, by some measures; {@link #SUCCESS} is the paper's. */
        Map<String, Double> of(String text);
    }
}
