package io.palimpsest.diffusion.sampler;

/** How many positions a step commits; which ones is a matter of {@link Confidence}. */
public interface Quota {

    /** The number for {@code step}, where {@code hidden} positions of its block are hidden. */
    int of(Step step, int hidden);

    /** In how many steps a block is meant to be full, as far as that is known. */
    default int steps() {
        return 1;
    }

    /** {@code count} a step. */
    static Quota fixed(int count) {
        return new Fixed(count);
    }

    /**
     * What is hidden when the block is begun in {@code steps} equal shares, the remainder in the first steps (LLaDA,
     * arXiv:2502.09992, {@code get_num_transfer_tokens}).
     */
    static Quota even(int steps) {
        return new Even(steps);
    }

    /** {@code count} a step. */
    record Fixed(int count) implements Quota {

        public Fixed {
            if (count < 1) {
                throw new IllegalArgumentException("a step must commit at least 1 position; got " + count);
            }
        }

        @Override
        public int of(Step step, int hidden) {
            return count;
        }
    }

    /** Equal shares of what is hidden when the block is begun; the last step leaves nothing. */
    record Even(int steps) implements Quota {

        public Even {
            requireSteps(steps);
        }

        @Override
        public int of(Step step, int hidden) {
            return share(step.hiddenAtStart(), step.inBlock(), steps);
        }
    }

    /** Equal shares of the block's length, however much of it was given (SDAR, arXiv:2510.06303; LLaDA2.0). */
    record OfBlock(int steps) implements Quota {

        public OfBlock {
            requireSteps(steps);
        }

        @Override
        public int of(Step step, int hidden) {
            return share(step.block().length(), step.inBlock(), steps);
        }
    }

    /**
     * Time falls from 1 to {@code eps} in equal steps, and the share 1 - s/t of what is hidden is committed, rounded down; the
     * last step leaves nothing (Dream, arXiv:2508.15487). Computed in single precision, as there.
     */
    record OverTime(int steps, double eps) implements Quota {

        public OverTime {
            requireSteps(steps);
        }

        @Override
        public int of(Step step, int hidden) {
            return step.inBlock() < steps - 1 ? (int) (hidden * share(step.inBlock())) : hidden;
        }

        /** The share of step {@code step}, 1 - s/t. */
        public float share(int step) {
            return 1 - time(step + 1) / time(step);
        }

        /** Item {@code i} of {@code linspace(1, eps, steps + 1)}, as libtorch computes it from both ends. */
        private float time(int i) {
            float end = (float) eps;
            float width = (end - 1) / steps;
            return i < (steps + 1) / 2 ? 1 + width * i : end - width * (steps - i);
        }
    }

    /**
     * Step by step the share 1 - s/t of what is left under the linear schedule, rounded half to even; steps without any are left
     * out (dLLM, github.com/ZHZisZZ/dllm). Single precision decides what is half.
     */
    record Rounded(int steps) implements Quota {

        public Rounded {
            requireSteps(steps);
        }

        @Override
        public int of(Step step, int hidden) {
            int left = step.hiddenAtStart();
            int kept = 0;
            for (int i = 0; i < steps && left > 0; i++) {
                float s = 1 - (float) ((double) (steps - 1 - i) / steps);
                float t = 1 - (float) ((double) (steps - i) / steps);
                int count = Math.min(left, (int) Math.rint((double) left * (1 - (1 - s) / (1 - t))));
                left -= count;
                if (count > 0 && kept++ == step.inBlock()) {
                    return count;
                }
            }
            return hidden;
        }
    }

    private static int share(int total, int step, int steps) {
        return step < steps ? total / steps + (step < total % steps ? 1 : 0) : total;
    }

    private static void requireSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a schedule needs at least 1 step; got " + steps);
        }
    }
}
