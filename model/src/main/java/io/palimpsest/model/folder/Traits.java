package io.palimpsest.model.folder;

/**
 * What families of diffusion language models differ in, as far as whoever uses one must know.
 *
 * @param noise what a hidden position holds
 * @param attention who sees whom
 * @param shift 1 where the row before a position predicts its token, 0 where its own does
 * @param verifies whether the network can also judge text autoregressively
 * @param decoding the settings it works with
 */
public record Traits(Noise noise, Attention attention, int shift, boolean verifies, Decoding decoding) {

    /** What a hidden position holds. */
    public enum Noise {
        /** A mask: a token of the vocabulary, or an embedding of its own. */
        MASK,
        /** Any token at random. */
        RANDOM
    }

    /** Who sees whom. */
    public enum Attention {
        /** Every position sees every other. */
        BIDIRECTIONAL,
        /** Blocks see themselves and those before them. */
        BLOCK_CAUSAL,
        /** Settled text is causal; the block under work sees it and, both ways, itself. */
        CAUSAL_CONTEXT
    }

    /**
     * Decoding settings known to work.
     *
     * @param blockLength positions denoised together
     * @param draftLength positions drafted ahead in verified decoding
     * @param threshold the probability above which a step commits a token
     * @param temperature 0 for the likeliest token
     * @param topP the share of the distribution tokens are drawn from
     */
    public record Decoding(int blockLength, int draftLength, double threshold, double temperature, double topP) {

        Decoding withBlockLength(int length) {
            return new Decoding(length, draftLength, threshold, temperature, topP);
        }
    }
}
