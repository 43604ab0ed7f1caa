package io.palimpsest.diffusion.noise;

import io.palimpsest.tensor.Seed;
import java.util.Arrays;

/** The forward process q(x_t | x_0) of masked diffusion: draws which tokens of a text are hidden at a time. */
public interface Masking {

    /** Hides some of the tokens {@code ids} at time {@code t}. */
    Hidden draw(int[] ids, double t, Seed seed);

    /** This process as it is once {@code share} of a training run is over, for those that change. */
    default Masking after(double share) {
        return this;
    }

    /**
     * @param hidden which tokens are hidden
     * @param weights what each of them weighs in the likelihood bound
     */
    record Hidden(boolean[] hidden, float[] weights) {}

    /** Each token by itself, all alike. */
    record Alike(NoiseSchedule schedule) implements Masking {

        @Override
        public Hidden draw(int[] ids, double t, Seed seed) {
            boolean[] hidden = new boolean[ids.length];
            float[] weights = new float[ids.length];
            Arrays.fill(weights, (float) schedule.weight(t));
            double chance = schedule.hidden(t);
            for (int i = 0; i < ids.length; i++) {
                hidden[i] = seed.uniform() < chance;
            }
            return new Hidden(hidden, weights);
        }
    }

    /** Each token by itself, with a chance of its own. */
    record ByToken(TokenSchedule schedule) implements Masking {

        @Override
        public Hidden draw(int[] ids, double t, Seed seed) {
            TokenSchedule.Chances chances = schedule.at(ids, t);
            boolean[] hidden = new boolean[ids.length];
            float[] weights = new float[ids.length];
            for (int i = 0; i < ids.length; i++) {
                hidden[i] = seed.uniform() < chances.hidden()[i];
                weights[i] = hidden[i] ? (float) (chances.rates()[i] / chances.hidden()[i]) : 0;
            }
            return new Hidden(hidden, weights);
        }

        @Override
        public Masking after(double share) {
            return new ByToken(schedule.after(share));
        }
    }

    /**
     * Whole spans, of lengths drawn from a geometric distribution (SpanBERT, arXiv:1907.10529), until as many tokens are
     * hidden as the schedule says: neighbours help less, so a network learns to look further.
     *
     * @param meanLength the mean length of a span, at least 1
     */
    record Spans(NoiseSchedule schedule, double meanLength) implements Masking {

        public Spans {
            if (!(meanLength >= 1)) {
                throw new IllegalArgumentException("the mean length of spans must be at least 1; got " + meanLength);
            }
        }

        @Override
        public Hidden draw(int[] ids, double t, Seed seed) {
            float[] weights = new float[ids.length];
            Arrays.fill(weights, (float) schedule.weight(t));
            boolean[] hidden = new boolean[ids.length];
            double wanted = schedule.hidden(t) * ids.length;
            int left = (int) wanted + (seed.uniform() < wanted - Math.floor(wanted) ? 1 : 0); // right on average
            while (left > 0) {
                left -= hide(hidden, seed.below(ids.length), Math.min(left, length(seed)));
            }
            return new Hidden(hidden, weights);
        }

        /** Hides {@code count} tokens that still stand, from {@code start} on and round the end. */
        private static int hide(boolean[] hidden, int start, int count) {
            int done = 0;
            for (int i = start; done < count; i = (i + 1) % hidden.length) {
                done += hidden[i] ? 0 : 1;
                hidden[i] = true;
            }
            return done;
        }

        private int length(Seed seed) {
            double stop = 1 / meanLength;
            return stop == 1 ? 1 : 1 + (int) (Math.log1p(-seed.uniform()) / Math.log1p(-stop));
        }
    }
}
