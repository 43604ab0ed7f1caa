package io.palimpsest.diffusion.sampler;

/** Which of a network's own drafts become text. */
public sealed interface Acceptance {

    /**
     * The next pass judges each draft.
     *
     * @param judgement the rule it judges by
     * @param minConfidence drafting ends at the first position whose likeliest token has a smaller probability: such a draft
     *     is not worth its row in the pass. It is a property of the position and of the drafts before it, not of the token
     *     drawn there, which keeps {@link Judgement.Exact}'s distribution exact
     */
    record Judged(Judgement judgement, double minConfidence) implements Acceptance {

        /** Judged exactly: the text is the autoregressive model's own. */
        public Judged(double minConfidence) {
            this(new Judgement.Exact(), minConfidence);
        }
    }

    /**
     * Nothing is judged: a draft more probable than {@code threshold} is text at once, and the first other ends the pass
     * (threshold decoding, Fast-dLLM, arXiv:2505.22618, from first to last).
     */
    record Trusted(double threshold) implements Acceptance {}
}
