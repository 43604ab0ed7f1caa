package io.palimpsest.diffusion.sampler;

/** Which of a network's own drafts become text. */
public sealed interface Acceptance {

    /**
     * The next pass judges each draft, so that the text is the autoregressive model's own (speculative decoding,
     * arXiv:2211.17192).
     *
     * @param minConfidence drafting ends at the first position whose likeliest token has a smaller probability: such a draft
     *     is not worth its row in the pass. It is a property of the position and of the drafts before it, not of the token
     *     drawn there, which keeps the distribution exact
     */
    record Judged(double minConfidence) implements Acceptance {}

    /**
     * Nothing is judged: a draft more probable than {@code threshold} is text at once, and the first other ends the pass
     * (threshold decoding, Fast-dLLM, arXiv:2505.22618, from first to last).
     */
    record Trusted(double threshold) implements Acceptance {}
}
