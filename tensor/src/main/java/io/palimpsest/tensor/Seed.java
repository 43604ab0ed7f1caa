package io.palimpsest.tensor;

import java.util.SplittableRandom;

/**
 * A source of random numbers that is handed in, never global: the same seed gives the same text.
 *
 * <p>{@link #child} derives an independent source from a label (a row, a position, a step), so that a row's draws do not
 * depend on how many its neighbours have made.
 */
public final class Seed {

    private final long value;
    private final SplittableRandom random;

    private Seed(long value) {
        this.value = value;
        this.random = new SplittableRandom(value);
    }

    public static Seed of(long value) {
        return new Seed(value);
    }

    /** The number this source was made from. */
    public long value() {
        return value;
    }

    /** An independent source for {@code label}; does not advance this one. */
    public Seed child(long label) {
        return new Seed(mix(value + 0x9E3779B97F4A7C15L * (label + 1)));
    }

    /** A uniform number in [0, 1). */
    public double uniform() {
        return random.nextDouble();
    }

    /** A uniform whole number in [0, bound). */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** A number to begin another generator with. */
    long number() {
        return random.nextLong();
    }

    float[] uniforms(int n) {
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = (random.nextInt() >>> 8) * 0x1p-24f;
        }
        return out;
    }

    float[] gaussians(int n) {
        float[] out = new float[n];
        for (int i = 0; i < n; i += 2) {
            double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
            double angle = 2 * Math.PI * random.nextDouble();
            out[i] = (float) (radius * Math.cos(angle));
            if (i + 1 < n) {
                out[i + 1] = (float) (radius * Math.sin(angle));
            }
        }
        return out;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014): close labels give unrelated values. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
