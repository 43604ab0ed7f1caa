package io.palimpsest.diffusion.sampler;

import java.util.stream.IntStream;

/** Which proposals a step commits. */
public interface Unmasking {

    /** The indices of the proposals to commit. */
    int[] choose(Proposals proposals);

    /**
     * How many steps in a row may leave a block no fuller than it ever was. After that many all its proposals are
     * committed, so that no loop runs for ever.
     */
    default int patience() {
        return 64;
    }

    /** What either of two policies commits. */
    default Unmasking or(Unmasking other) {
        return new Either(this, other);
    }

    /** A block filled in {@code steps} steps, the likeliest first (LLaDA, arXiv:2502.09992). */
    static Unmasking scheduled(int steps) {
        return new Scheduled(steps, Confidence.probability());
    }

    /** All proposals above a probability, and always the best (Fast-dLLM, arXiv:2505.22618). */
    static Unmasking threshold(double threshold) {
        return new Threshold(threshold, Confidence.probability());
    }

    /**
     * All proposals above a probability, and always the first: for models whose first hidden position is answered by their
     * autoregressive mode, the one answer that can be relied on however unsure it is.
     */
    static Unmasking frontier(double threshold) {
        return new Frontier(threshold);
    }

    /** One position a step, first to last. */
    static Unmasking sequential() {
        return new Fixed(1, Confidence.leftToRight());
    }

    /**
     * As many a step as fill the block's hidden positions in {@code steps} steps, the remainder going to the first steps
     * (LLaDA's {@code get_num_transfer_tokens}).
     */
    record Scheduled(int steps, Confidence confidence) implements Unmasking {

        public Scheduled {
            if (steps < 1) {
                throw new IllegalArgumentException("a schedule needs at least 1 step; got " + steps);
            }
        }

        @Override
        public int[] choose(Proposals proposals) {
            int quota = quota(proposals.step().hiddenAtStart(), proposals.step().inBlock(), steps);
            return Ranking.of(confidence.of(proposals)).best(quota);
        }

        @Override
        public int patience() {
            return Math.max(64, steps);
        }

        /** The share of step {@code step} in {@code total}; the last step leaves none. */
        static int quota(int total, int step, int steps) {
            return step < steps ? total / steps + (step < total % steps ? 1 : 0) : total;
        }
    }

    /** {@code count} a step. */
    record Fixed(int count, Confidence confidence) implements Unmasking {

        public Fixed {
            if (count < 1) {
                throw new IllegalArgumentException("a step must commit at least 1 position; got " + count);
            }
        }

        @Override
        public int[] choose(Proposals proposals) {
            return Ranking.of(confidence.of(proposals)).best(count);
        }
    }

    /** All proposals whose confidence exceeds {@code threshold}, and always the best (Fast-dLLM, arXiv:2505.22618). */
    record Threshold(double threshold, Confidence confidence) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Ranking ranking = Ranking.of(confidence.of(proposals));
            int count = 1;
            while (count < ranking.size() && ranking.score(count) > threshold) {
                count++;
            }
            return ranking.best(count);
        }
    }

    /** All proposals more probable than {@code threshold}, and always the first position. */
    record Frontier(double threshold) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            float[] probabilities = proposals.probabilities();
            int first = IntStream.range(0, proposals.size())
                    .reduce((a, b) -> proposals.position(b) < proposals.position(a) ? b : a)
                    .orElse(-1);
            return IntStream.range(0, proposals.size())
                    .filter(i -> i == first || probabilities[i] > threshold)
                    .toArray();
        }
    }

    /**
     * The n best where the n-th has a probability of at least 1 - factor / (n + 1), and always the best (Fast-dLLM,
     * arXiv:2505.22618). As in the authors' code, one more is taken where the search stops at the last one.
     */
    record Factor(double factor) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Ranking ranking = Ranking.of(proposals.probabilities());
            int last = ranking.size() - 1;
            int rank = Math.min(1, last);
            while (rank < last && ranking.score(rank) >= 1 - factor / (rank + 2)) {
                rank++;
            }
            return ranking.best(rank == last ? rank + 1 : rank);
        }
    }

    /**
     * The surest proposals while the entropies of all but the largest of them sum to at most {@code bound} nats, and always
     * the surest (EB-Sampler, arXiv:2505.24857).
     */
    record EntropyBounded(double bound) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Ranking ranking = Ranking.of(Confidence.negativeEntropy().of(proposals));
            double before = 0; // entropies ascend, so the largest is always the newest
            int count = 1;
            while (count < ranking.size() && before - ranking.score(count - 1) <= bound) {
                before -= ranking.score(count - 1);
                count++;
            }
            return ranking.best(count);
        }
    }

    /** What either of two policies commits. */
    record Either(Unmasking a, Unmasking b) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            return IntStream.concat(IntStream.of(a.choose(proposals)), IntStream.of(b.choose(proposals)))
                    .distinct()
                    .toArray();
        }

        @Override
        public int patience() {
            return Math.max(a.patience(), b.patience());
        }
    }
}
