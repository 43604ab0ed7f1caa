package io.palimpsest.engine;

import io.palimpsest.diffusion.sampler.Judgement;
import io.palimpsest.diffusion.sampler.Strategy;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a canvas is filled; what is left empty is what the model works best with.
 *
 * @param maxTokens the most tokens to write; empty for {@link #MAX_TOKENS}, or fewer where the context ends
 * @param strategy how a canvas is filled; unverified
 * @param blockLength how many positions are denoised, or drafted, together
 * @param steps fill each block in so many steps; where the strategy has none, the surest tokens first, unverified
 * @param threshold the strategy's bound; where it has none, a step commits the tokens that are more probable than this
 * @param temperature 0 for the likeliest token
 * @param topP draw from the likeliest tokens that hold this share of the probability
 * @param verify whether the autoregressive mode judges the drafts; empty for yes where the model has one and neither steps nor a
 *     threshold are given
 * @param typical the autoregressive mode judges the drafts, and lets those stand that it finds typical with this epsilon, between 0
 *     and 1: the smaller, the more stand ({@link io.palimpsest.diffusion.sampler.Judgement.Typical})
 */
public record Decoding(
        OptionalInt maxTokens,
        Optional<Strategy> strategy,
        OptionalInt blockLength,
        OptionalInt steps,
        OptionalDouble threshold,
        OptionalDouble temperature,
        OptionalDouble topP,
        Optional<Boolean> verify,
        OptionalDouble typical) {

    /** The limit where none is given. */
    public static final int MAX_TOKENS = 256;

    private static final int LARGEST_BLOCK = 4096;

    public Decoding {
        within("max tokens", maxTokens, 1, Integer.MAX_VALUE);
        within("block length", blockLength, 1, LARGEST_BLOCK);
        within("steps", steps, 1, Integer.MAX_VALUE);
        within("threshold", threshold, 0, 1);
        within("temperature", temperature, 0, 100);
        within("top-p", topP, 0, 1);
        if (topP.isPresent() && topP.getAsDouble() == 0) {
            throw new IllegalArgumentException("top-p must be above 0; got 0");
        }
        if (steps.isPresent() && verify.orElse(false)) {
            throw new IllegalArgumentException(
                    "steps belong to unverified decoding: a verified draft takes one. Leave out one of the two");
        }
        if (threshold.isPresent() && verify.orElse(false)) {
            throw new IllegalArgumentException(
                    "a threshold belongs to unverified decoding: verified drafts are judged by the model's autoregressive"
                            + " mode. Leave out one of the two");
        }
        strategy.ifPresent(chosen -> requireFitting(chosen, steps, threshold, verify));
        if (typical.isPresent()) {
            requireJudgingAlone(typical.getAsDouble(), strategy, steps, threshold, verify);
        }
    }

    private static void requireJudgingAlone(
            double epsilon,
            Optional<Strategy> strategy,
            OptionalInt steps,
            OptionalDouble threshold,
            Optional<Boolean> verify) {
        new Judgement.Typical(epsilon); // which knows its bounds
        if (verify.isPresent()) {
            throw new IllegalArgumentException(
                    "typical acceptance is a way of its own to judge drafts, neither verified"
                            + " nor unverified; leave out verify, or the epsilon of typical acceptance");
        }
        if (strategy.isPresent() || steps.isPresent() || threshold.isPresent()) {
            throw new IllegalArgumentException("a strategy, steps and a threshold belong to unverified decoding, where"
                    + " nothing judges the drafts; leave them out, or the epsilon of typical acceptance");
        }
    }

    private static void requireFitting(
            Strategy strategy, OptionalInt steps, OptionalDouble threshold, Optional<Boolean> verify) {
        if (verify.orElse(false)) {
            throw new IllegalArgumentException("a strategy belongs to unverified decoding; leave out one of the two");
        }
        if (steps.isPresent() && !strategy.hasSteps()) {
            throw new IllegalArgumentException("the strategy '" + strategy.label()
                    + "' decides itself in how many steps a block is filled; leave out the steps");
        }
        if (threshold.isPresent() && strategy.threshold().isEmpty()) {
            throw new IllegalArgumentException(
                    "the strategy '" + strategy.label() + "' has no threshold; leave it out");
        }
    }

    /** Whether what is asked for is there in unverified decoding only. */
    boolean isUnverified() {
        return strategy.isPresent() || steps.isPresent() || threshold.isPresent();
    }

    private static void within(String name, OptionalInt value, int least, int most) {
        if (value.isPresent() && (value.getAsInt() < least || value.getAsInt() > most)) {
            String bounds = most == Integer.MAX_VALUE ? "at least " + least : "between " + least + " and " + most;
            throw new IllegalArgumentException(name + " must be " + bounds + "; got " + value.getAsInt());
        }
    }

    private static void within(String name, OptionalDouble value, int least, int most) {
        if (value.isPresent() && !(value.getAsDouble() >= least && value.getAsDouble() <= most)) {
            throw new IllegalArgumentException(
                    name + " must be between " + least + " and " + most + "; got " + value.getAsDouble());
        }
    }

    /** All as the model works best. */
    public static Decoding defaults() {
        return new Decoding(
                OptionalInt.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                OptionalDouble.empty());
    }

    public Decoding maxTokens(int count) {
        return new Decoding(
                OptionalInt.of(count), strategy, blockLength, steps, threshold, temperature, topP, verify, typical);
    }

    public Decoding strategy(Strategy chosen) {
        return new Decoding(
                maxTokens, Optional.of(chosen), blockLength, steps, threshold, temperature, topP, verify, typical);
    }

    public Decoding blockLength(int length) {
        return new Decoding(
                maxTokens, strategy, OptionalInt.of(length), steps, threshold, temperature, topP, verify, typical);
    }

    public Decoding steps(int count) {
        return new Decoding(
                maxTokens, strategy, blockLength, OptionalInt.of(count), threshold, temperature, topP, verify, typical);
    }

    public Decoding threshold(double probability) {
        return new Decoding(
                maxTokens,
                strategy,
                blockLength,
                steps,
                OptionalDouble.of(probability),
                temperature,
                topP,
                verify,
                typical);
    }

    public Decoding temperature(double value) {
        return new Decoding(
                maxTokens, strategy, blockLength, steps, threshold, OptionalDouble.of(value), topP, verify, typical);
    }

    public Decoding topP(double share) {
        return new Decoding(
                maxTokens,
                strategy,
                blockLength,
                steps,
                threshold,
                temperature,
                OptionalDouble.of(share),
                verify,
                typical);
    }

    public Decoding verify(boolean judged) {
        return new Decoding(
                maxTokens, strategy, blockLength, steps, threshold, temperature, topP, Optional.of(judged), typical);
    }

    public Decoding typical(double epsilon) {
        return new Decoding(
                maxTokens,
                strategy,
                blockLength,
                steps,
                threshold,
                temperature,
                topP,
                verify,
                OptionalDouble.of(epsilon));
    }
}
