package io.palimpsest.model.folder;

import io.palimpsest.diffusion.sampler.Strategy;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What families of diffusion language models differ in, as far as whoever uses one must know.
 *
 * @param noise what a hidden position holds
 * @param attention who sees whom
 * @param block the length of the blocks that attention knows, counted from position 0; empty where it knows none
 * @param shift 1 where the row before a position predicts its token, 0 where its own does
 * @param verifies whether the network can also judge text autoregressively
 * @param decoding the settings it works with
 * @param resizing its tokens that change a gap's length; empty where it has none
 */
public record Traits(
        Noise noise,
        Attention attention,
        OptionalInt block,
        int shift,
        boolean verifies,
        Decoding decoding,
        Optional<Resizing> resizing) {

    /** What a hidden position holds. */
    public enum Noise {
        /** A mask: a token of the vocabulary, or an embedding of its own. */
        MASK,
        /** Any token at random. */
        RANDOM,
        /** Normal noise in place of a word's embedding, behind a token that every text begins with. */
        NORMAL
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
     * Tokens that change a gap's length (DreamOn).
     *
     * @param expand a position that holds it becomes two
     * @param delete a position that holds it goes
     */
    public record Resizing(int expand, int delete) {}

    /**
     * Decoding settings known to work.
     *
     * @param strategy how a canvas is filled
     * @param blockLength positions denoised together; empty for all that are hidden
     * @param draftLength positions drafted ahead in verified decoding
     * @param steps in how many steps a block is filled, by strategies with a schedule; empty for one a position
     * @param threshold the bound of strategies that have one
     * @param temperature 0 for the likeliest token
     * @param topP the share of the distribution tokens are drawn from
     */
    public record Decoding(
            Strategy strategy,
            OptionalInt blockLength,
            int draftLength,
            OptionalInt steps,
            double threshold,
            double temperature,
            double topP) {

        /** Greedy decoding by {@code strategy} with its usual bound, in blocks. */
        static Decoding of(Strategy strategy, int blockLength) {
            return of(strategy, OptionalInt.of(blockLength));
        }

        /** Greedy decoding by {@code strategy} with its usual bound, everything at once. */
        static Decoding of(Strategy strategy) {
            return of(strategy, OptionalInt.empty());
        }

        private static Decoding of(Strategy strategy, OptionalInt blockLength) {
            return new Decoding(
                    strategy,
                    blockLength,
                    0,
                    OptionalInt.empty(),
                    strategy.threshold().orElse(1),
                    0,
                    1);
        }

        Decoding withBlockLength(int length) {
            return new Decoding(strategy, OptionalInt.of(length), draftLength, steps, threshold, temperature, topP);
        }

        Decoding withSteps(int count) {
            return new Decoding(
                    strategy, blockLength, draftLength, OptionalInt.of(count), threshold, temperature, topP);
        }

        Decoding withThreshold(double bound) {
            return new Decoding(strategy, blockLength, draftLength, steps, bound, temperature, topP);
        }

        /** Draws tokens instead. */
        Decoding drawing(double atTemperature, double share) {
            return new Decoding(strategy, blockLength, draftLength, steps, threshold, atTemperature, share);
        }
    }
}
