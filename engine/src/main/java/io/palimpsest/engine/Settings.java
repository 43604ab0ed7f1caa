package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.diffusion.sampler.Acceptance;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.HybridSampler;
import io.palimpsest.diffusion.sampler.Judgement;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.tensor.Seed;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How one request is decoded: what it asks for, and what its model works best with where it asks for nothing.
 *
 * @param judgement how the autoregressive mode judges drafts; empty where it does not
 */
record Settings(LanguageModel model, Decoding asked, Strategy strategy, Optional<Judgement> judgement) {

    /** A draft less probable than this is not worth its row in the pass that judges it. */
    private static final double WORTH_DRAFTING = 0.3;

    private static final int USUAL_BLOCK = 32;

    static Settings of(LanguageModel model, Decoding asked) {
        Optional<Judgement> judgement = judgement(asked, model.traits().verifies());
        if (judgement.isPresent() && !model.traits().verifies()) {
            throw new IllegalArgumentException(
                    "the model " + model.name() + " has no autoregressive mode that could verify its drafts");
        }
        Strategy strategy = strategy(model.traits().decoding().strategy(), asked);
        if (strategy.begins().isPresent() && model.traits().attention() != Traits.Attention.BIDIRECTIONAL) {
            throw new IllegalArgumentException("the strategy '" + strategy.label()
                    + "' changes a text's length, for which all positions must see each other; in " + model.name()
                    + " they do not");
        }
        return new Settings(model, asked, strategy, judgement);
    }

    private static Optional<Judgement> judgement(Decoding asked, boolean possible) {
        if (asked.typical().isPresent()) {
            return Optional.of(new Judgement.Typical(asked.typical().getAsDouble()));
        }
        boolean verify = asked.verify().orElse(possible && !asked.isUnverified());
        return verify ? Optional.of(new Judgement.Exact()) : Optional.empty();
    }

    /** The one asked for; else the model's own, unless what is asked for needs another. */
    private static Strategy strategy(Strategy own, Decoding asked) {
        boolean steps = asked.steps().isPresent();
        boolean threshold = asked.threshold().isPresent();
        if (asked.strategy().isPresent()) {
            return asked.strategy().get();
        }
        if ((!steps || own.hasSteps()) && (!threshold || own.threshold().isPresent())) {
            return own;
        }
        return steps && threshold
                ? Strategy.LOW_CONFIDENCE_DYNAMIC
                : steps ? Strategy.LOW_CONFIDENCE : Strategy.THRESHOLD;
    }

    private Traits.Decoding own() {
        return model.traits().decoding();
    }

    private boolean isOwn() {
        return strategy == own().strategy();
    }

    /** Whether the autoregressive mode takes part: it does as long as nothing is asked for that needs a general sampler. */
    boolean isHybrid() {
        return asked.steps().isEmpty() && asked.strategy().isEmpty();
    }

    /** Positions denoised together; empty for all that are hidden. */
    private OptionalInt block() {
        if (strategy.begins().isPresent()) {
            return OptionalInt.empty();
        }
        if (asked.blockLength().isPresent()) {
            return asked.blockLength();
        }
        boolean bounded = model.traits().attention() != Traits.Attention.BIDIRECTIONAL;
        OptionalInt usual = isOwn() || bounded ? own().blockLength() : OptionalInt.of(USUAL_BLOCK);
        return strategy.isWhole() && !isOwn() && !bounded ? OptionalInt.empty() : usual;
    }

    /** Positions denoised together by a network with an autoregressive mode. */
    private int window() {
        return block().orElse(USUAL_BLOCK);
    }

    private int judgedDrafts() {
        return asked.blockLength().orElse(own().draftLength());
    }

    /** The sampler of a text for a network with an autoregressive mode. */
    HybridSampler hybrid(HybridDenoiser denoiser, int limit) {
        Optional<Acceptance> judged = judgement.map(rule -> new Acceptance.Judged(rule, WORTH_DRAFTING));
        return new HybridSampler(
                denoiser,
                TokenChoice.of(temperature(), topP()),
                judged.isPresent() ? judgedDrafts() : window() - 1,
                judged.orElseGet(() -> new Acceptance.Trusted(threshold())),
                limit,
                model.stopIds());
    }

    private double threshold() {
        double usual = isOwn() ? own().threshold() : strategy.threshold().orElse(1);
        return asked.threshold().orElse(usual);
    }

    private double temperature() {
        return asked.temperature().orElse(own().temperature());
    }

    private double topP() {
        return asked.topP().orElse(own().topP());
    }

    /**
     * Hides the positions of a text behind a prompt: all of them where positions see what follows, and as many as are denoised
     * together where they do not, block by block.
     *
     * @return how its blocks are gone through
     */
    Blocks extend(Canvas canvas, int limit) {
        int end = canvas.length() + limit;
        Blocks blocks = switch (model.traits().attention()) {
            case BIDIRECTIONAL -> {
                canvas.extend(Math.min(limit, strategy.begins().orElse(limit)));
                yield within(canvas);
            }
            case BLOCK_CAUSAL -> {
                canvas.extend(wholeBlocks(end) - canvas.length());
                yield within(canvas);
            }
            case CAUSAL_CONTEXT ->
                strategy.hasSteps()
                        ? Blocks.growing(window(), limit, Set.of())
                        : Blocks.sliding(window(), limit, Set.of());
        };
        return blocks.stoppingAt(model.stopIds()).upTo(end);
    }

    /** A length rounded up to whole blocks, as far as the context goes. */
    private int wholeBlocks(int length) {
        int block = model.traits().block().orElse(1);
        return Math.max(length, Math.min((length + block - 1) / block * block, model.context()));
    }

    private Strategy.Growth growth(int room) {
        Optional<Traits.Resizing> resizing = model.traits().resizing();
        return new Strategy.Growth(
                room,
                asked.blockLength().orElse(USUAL_BLOCK),
                model.stopIds(),
                resizing.map(tokens -> OptionalInt.of(tokens.expand())).orElse(OptionalInt.empty()),
                resizing.map(tokens -> OptionalInt.of(tokens.delete())).orElse(OptionalInt.empty()));
    }

    /** How the hidden positions that a canvas has are gone through. */
    Blocks within(Canvas canvas) {
        OptionalInt block = block();
        if (block.isEmpty()) {
            return Blocks.whole();
        }
        return model.traits().attention() == Traits.Attention.BLOCK_CAUSAL
                ? Blocks.grid(block.getAsInt())
                : Blocks.of(block.getAsInt());
    }

    /**
     * The sampler for a canvas.
     *
     * @param hidden how many of its positions are hidden
     * @param room how many more it may become
     */
    Sampler sampler(Denoiser denoiser, Blocks blocks, int hidden, int room) {
        return strategy.sampler(new Strategy.Setting(
                denoiser,
                blocks,
                model.traits().block().orElse(1),
                steps(hidden),
                threshold(),
                temperature(),
                topP(),
                growth(room)));
    }

    private int steps(int hidden) {
        OptionalInt usual = isOwn() ? own().steps() : OptionalInt.empty();
        return asked.steps().orElse(usual.orElse(Math.max(1, block().orElse(hidden))));
    }

    /** The denoiser for a text of which {@code hidden} positions are hidden. */
    Denoiser drawing(Denoiser denoiser, Seed seed, int hidden) {
        return denoiser.drawing(seed, steps(hidden));
    }
}
