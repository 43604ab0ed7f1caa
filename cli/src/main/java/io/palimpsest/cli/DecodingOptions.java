package io.palimpsest.cli;

import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.engine.Decoding;
import picocli.CommandLine.Option;

/** The options of every verb that writes; what is not given is what the model works best with. */
final class DecodingOptions {

    private Decoding decoding = Decoding.defaults();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "The most tokens to write (" + Decoding.MAX_TOKENS
                    + " where the context has room); not for gaps, which have their own length.")
    void setMaxTokens(int count) {
        decoding = decoding.maxTokens(count);
    }

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            description =
                    "How a canvas is filled, such as low-confidence, threshold or wino (not verified); what a model"
                            + " has of its own is told by inspect, all names by docs/samplers.md.")
    void setStrategy(String name) {
        decoding = decoding.strategy(Strategy.of(name));
    }

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "How many positions are denoised, or drafted, together.")
    void setBlockLength(int length) {
        decoding = decoding.blockLength(length);
    }

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Fill each block in N steps; where the strategy has none, the surest tokens first (not verified).")
    void setSteps(int count) {
        decoding = decoding.steps(count);
    }

    @Option(
            names = "--threshold",
            paramLabel = "P",
            description =
                    "The strategy's bound; where it has none, a step commits the tokens that are more probable than"
                            + " this (not verified).")
    void setThreshold(double probability) {
        decoding = decoding.threshold(probability);
    }

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 for the likeliest token, more for more variety.")
    void setTemperature(double value) {
        decoding = decoding.temperature(value);
    }

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the likeliest tokens that hold this share of the probability.")
    void setTopP(double share) {
        decoding = decoding.topP(share);
    }

    @Option(
            names = "--verify",
            negatable = true,
            description =
                    "Whether the model's autoregressive mode judges what its diffusion mode drafts, so that the text is"
                            + " exactly its own. Usual where the model has both and none of --typical, --steps, --threshold and"
                            + " --strategy is given; not for gaps.")
    void setVerify(boolean judged) {
        decoding = decoding.verify(judged);
    }

    @Option(
            names = "--typical",
            paramLabel = "EPSILON",
            description =
                    "In place of --verify: the autoregressive mode judges the drafts, but lets all stand that it finds typical."
                            + " EPSILON is between 0 and 1, such as 0.3; the smaller, the more stand. More tokens a pass, and no"
                            + " longer exactly its own text; not for gaps.")
    void setTypical(double epsilon) {
        decoding = decoding.typical(epsilon);
    }

    Decoding decoding() {
        return decoding;
    }
}
