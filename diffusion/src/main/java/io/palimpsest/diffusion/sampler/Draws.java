package io.palimpsest.diffusion.sampler;

/** Where a policy's uniform numbers in [0, 1) come from. */
@FunctionalInterface
public interface Draws {

    /** The number for {@code position} in {@code step}. */
    double uniform(Step step, int position);

    /** Numbers from each canvas's own seed. */
    static Draws ofSeed() {
        return (step, position) -> step.uniform(position, Step.Use.ORDER);
    }
}
