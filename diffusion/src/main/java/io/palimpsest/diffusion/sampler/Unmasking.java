package io.palimpsest.diffusion.sampler;

import io.palimpsest.tensor.Tensor;
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
        return new Scheduled(Quota.even(steps), Confidence.probability());
    }

    /** All proposals of at least a probability, and always the best (Fast-dLLM, arXiv:2505.22618). */
    static Unmasking threshold(double threshold) {
        return new Threshold(threshold, Confidence.probability());
    }

    /** One position a step, first to last. */
    static Unmasking sequential() {
        return new Scheduled(Quota.fixed(1), Confidence.leftToRight());
    }

    /** As many a step as {@code quota} says, the surest. */
    record Scheduled(Quota quota, Confidence confidence) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            return Ranking.of(confidence.of(proposals)).best(quota.of(proposals.step(), proposals.size()));
        }

        @Override
        public int patience() {
            return Math.max(64, quota.steps());
        }
    }

    /** All proposals whose confidence is at least {@code threshold}, and always the best (Fast-dLLM, arXiv:2505.22618). */
    record Threshold(double threshold, Confidence confidence) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Ranking ranking = Ranking.of(confidence.of(proposals));
            int count = 1;
            while (count < ranking.size() && ranking.score(count) >= threshold) {
                count++;
            }
            return ranking.best(count);
        }
    }

    /**
     * All proposals whose confidence exceeds {@code threshold}; where they are fewer than {@code quota} says, the surest up to
     * it (SDAR's {@code low_confidence_dynamic}, arXiv:2510.06303; LLaDA2.0, arXiv:2512.15745; Fast-dLLM v2, arXiv:2509.26328).
     */
    record AtLeast(Quota quota, double threshold, Confidence confidence) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            float[] scores = confidence.of(proposals);
            int above = (int) IntStream.range(0, scores.length)
                    .filter(i -> scores[i] > threshold)
                    .count();
            return Ranking.of(scores).best(Math.max(above, quota.of(proposals.step(), proposals.size())));
        }

        @Override
        public int patience() {
            return Math.max(64, quota.steps());
        }
    }

    /**
     * The surest up to a share of the block a step and what earlier steps held back; of these, all but the best are held back
     * again where they are less sure than {@code threshold} (Fast-dLLM for Dream, arXiv:2505.22618).
     */
    record HoldingBack(int steps, double threshold, Confidence confidence) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            int total = proposals.step().hiddenAtStart();
            int due = total / steps * Math.min(proposals.step().inBlock() + 1, steps);
            int committed = total - proposals.size();
            Ranking ranking = Ranking.of(confidence.of(proposals));
            int[] considered = ranking.best(due - committed);
            return IntStream.range(0, considered.length)
                    .filter(rank -> rank == 0 || ranking.score(rank) >= threshold)
                    .map(rank -> considered[rank])
                    .toArray();
        }

        @Override
        public int patience() {
            return Math.max(64, steps);
        }
    }

    /**
     * A block's first position in its first step, then {@code rest} (Fast-dLLM's caches for Dream, arXiv:2505.22618; Fast-dLLM v2,
     * arXiv:2509.26328).
     *
     * @param every only where the first position is a multiple of this
     */
    record Opening(Unmasking rest, int every) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            boolean opens = proposals.step().inBlock() == 0 && proposals.position(0) % every == 0;
            return opens ? new int[] {0} : rest.choose(proposals);
        }

        @Override
        public int patience() {
            return rest.patience();
        }
    }

    /**
     * Each proposal with the chance that the schedule of time has in this step, whatever its probability (Dream's {@code origin},
     * arXiv:2508.15487); every step costs a pass, even one that commits nothing.
     */
    record ByChance(Quota.OverTime schedule, Draws draws) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Step step = proposals.step();
            float share = step.inBlock() < schedule.steps() - 1 ? schedule.share(step.inBlock()) : 1;
            return IntStream.range(0, proposals.size())
                    .filter(i -> draws.uniform(step, proposals.position(i)) < share)
                    .toArray();
        }

        @Override
        public int patience() {
            return Math.max(64, schedule.steps());
        }
    }

    /**
     * Each position at a time of its own, uniform as under the linear schedule and cut to {@code steps} steps; those of the next
     * step that has any (MDLM's {@code ddpm_cache}, arXiv:2406.07524). A step that would change nothing would ask the network the
     * same question again, so it is left out, and the text has the distribution of one that was not.
     */
    record Ancestral(int steps) implements Unmasking {

        public Ancestral {
            if (steps < 1) {
                throw new IllegalArgumentException("ancestral sampling needs at least 1 step; got " + steps);
            }
        }

        @Override
        public int[] choose(Proposals proposals) {
            int[] times = IntStream.range(0, proposals.size())
                    .map(i -> (int) (steps * proposals.step().lifelong(proposals.position(i), Step.Use.UNMASK)))
                    .toArray();
            int next = IntStream.of(times).max().orElse(0); // time runs from 1 to 0
            return IntStream.range(0, times.length)
                    .filter(i -> times[i] == next)
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

    /**
     * All proposals above {@code threshold}, at most 70% of what is hidden, or 5, and 20; always the best (WINO's wide-in,
     * arXiv:2507.18578).
     */
    record WideIn(double threshold) implements Unmasking {

        @Override
        public int[] choose(Proposals proposals) {
            Ranking ranking = Ranking.of(proposals.probabilities());
            int most = Math.min(Math.max((int) (proposals.size() * 0.7), 5), 20);
            int count = 0;
            while (count < Math.min(most, ranking.size()) && ranking.score(count) > threshold) {
                count++;
            }
            return ranking.best(Math.max(1, count));
        }
    }

    /**
     * {@code rest}, until the likeliest tokens of all proposals lead the second by so much in the mean that they will not change
     * any more: then all at once (Prophet, arXiv:2508.19982). The lead is one of logits; the later the step, the less is enough.
     *
     * @param steps how many steps there are without
     */
    record EarlyExit(Unmasking rest, int steps, double early, double middle, double late) implements Unmasking {

        /** With the authors' own bounds. */
        public EarlyExit(Unmasking rest, int steps) {
            this(rest, steps, 7.5, 5, 2.5);
        }

        @Override
        public int[] choose(Proposals proposals) {
            double progress = (proposals.step().inBlock() + 1.0) / steps;
            double enough = progress < 0.33 ? early : progress < 0.67 ? middle : late;
            return lead(proposals) >= enough
                    ? IntStream.range(0, proposals.size()).toArray()
                    : rest.choose(proposals);
        }

        private static double lead(Proposals proposals) {
            Tensor top = proposals.logits().toFloat().topk(2, -1).values(); // (n, 2)
            return top.select(1, 0).sub(top.select(1, 1)).mean().item();
        }

        @Override
        public int patience() {
            return rest.patience();
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
