package io.palimpsest.diffusion.noise;

import io.palimpsest.tensor.Seed;
import java.util.List;
import java.util.stream.IntStream;

/** At which times a batch of texts is noised. */
public interface Times {

    /** One time for each of {@code count} texts. */
    List<Time> draw(int count, Seed seed);

    /**
     * @param weight what a loss at this time counts for, so that the mean over draws is the mean over uniform times
     */
    record Time(double t, double weight) {}

    /** The loss at a time, for those that learn from it; {@code loss} is in nats a hidden token. */
    default void observe(double t, double loss) {}

    /** Everything learnt from losses so far; empty for times that learn nothing. */
    default double[] memory() {
        return new double[0];
    }

    /** Goes on from what {@link #memory} said. */
    default void remember(double[] memory) {}

    /** Independent uniform times from {@code low} to 1. */
    static Times uniform(double low) {
        return (count, seed) -> IntStream.range(0, count)
                .mapToObj(i -> new Time(low + (1 - low) * seed.uniform(), 1))
                .toList();
    }

    /**
     * One time in each of as many equal parts of {@code low .. 1}, all at the same place of their part (MDLM, arXiv:2406.07524,
     * after VDM, arXiv:2107.00630): a batch covers all times, and its mean loss varies less.
     */
    static Times antithetic(double low) {
        return (count, seed) -> {
            double shift = seed.uniform();
            return IntStream.range(0, count)
                    .mapToObj(i -> new Time(low + (1 - low) * (i + shift) / count, 1))
                    .toList();
        };
    }
}
