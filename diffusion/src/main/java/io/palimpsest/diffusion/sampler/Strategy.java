package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Tempering;
import io.palimpsest.diffusion.denoiser.Truncating;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** The published ways to fill a canvas, by name; each is nothing but a choice of parts. */
public enum Strategy {
    /** In equal shares, the surest tokens first. */
    LOW_CONFIDENCE(
            "LLaDA, arXiv:2502.09992",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.plain(new Unmasking.Scheduled(Quota.even(s.steps), Confidence.probability()))),

    /** In equal shares, in any order. */
    RANDOM(
            "LLaDA, arXiv:2502.09992",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.plain(new Unmasking.Scheduled(Quota.even(s.steps), Confidence.random()))),

    /** In shares of a rounded linear schedule, the surest tokens first. */
    DLLM(
            "dLLM, github.com/ZHZisZZ/dllm",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.plain(new Unmasking.Scheduled(new Quota.Rounded(s.steps), Confidence.probability()))),

    /** All tokens of at least a probability, and always the surest. */
    THRESHOLD(
            "Fast-dLLM, arXiv:2505.22618",
            Unit.BLOCK,
            Schedule.OPEN,
            0.9,
            s -> s.plain(new Unmasking.Threshold(s.threshold, Confidence.probability()))),

    /** As many of the surest as their least probability allows together. */
    FACTOR(
            "Fast-dLLM, arXiv:2505.22618",
            Unit.BLOCK,
            Schedule.OPEN,
            1,
            s -> s.plain(new Unmasking.Factor(s.threshold))),

    /** The surest tokens while the entropy of all but the least sure stays within a bound. */
    ENTROPY_BOUNDED(
            "EB-Sampler, arXiv:2505.24857",
            Unit.BLOCK,
            Schedule.OPEN,
            0.1,
            s -> s.plain(new Unmasking.EntropyBounded(s.threshold))),

    /** Each token by chance, as the schedule of time has it. */
    ORIGIN(
            "Dream, arXiv:2508.15487",
            Unit.CANVAS,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.ByChance(s.overTime(), Draws.ofSeed()))),

    /** In shares of time, the most probable tokens first. */
    MASKGIT_PLUS(
            "Dream, arXiv:2508.15487",
            Unit.CANVAS,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Scheduled(s.overTime(), Confidence.probability()))),

    /** In shares of time, those with the largest lead over the second first. */
    TOPK_MARGIN(
            "Dream, arXiv:2508.15487",
            Unit.CANVAS,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Scheduled(s.overTime(), Confidence.margin()))),

    /** In shares of time, those of the least entropy first. */
    ENTROPY(
            "Dream, arXiv:2508.15487",
            Unit.CANVAS,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Scheduled(s.overTime(), Confidence.negativeEntropy()))),

    /** In equal shares of the block, from first to last. */
    SEQUENTIAL(
            "SDAR, arXiv:2510.06303",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Scheduled(new Quota.OfBlock(s.steps), Confidence.leftToRight()))),

    /** In equal shares of the block, the surest tokens first. */
    LOW_CONFIDENCE_STATIC(
            "SDAR, arXiv:2510.06303",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Scheduled(new Quota.OfBlock(s.steps), Confidence.probability()))),

    /** All tokens above a probability, and at least an equal share of the block. */
    LOW_CONFIDENCE_DYNAMIC(
            "SDAR, arXiv:2510.06303; LLaDA2.0, arXiv:2512.15745",
            Unit.BLOCK,
            Schedule.STEPS,
            0.9,
            s -> s.cut(new Unmasking.AtLeast(new Quota.OfBlock(s.steps), s.threshold, Confidence.probability()))),

    /** All tokens above a probability, which are replaced again where the model becomes sure of others. */
    TOKEN_EDITING(
            "LLaDA2.1, arXiv:2602.08676",
            Unit.BLOCK,
            Schedule.OPEN,
            0.95,
            s -> s.cut(
                    new Unmasking.AtLeast(Quota.fixed(1), s.threshold, Confidence.probability()),
                    new TokenEditing(0.9, 16))),

    /** A block's first token alone, then all above a probability, in small pieces of the block. */
    FAST_DLLM_V2(
            "Fast-dLLM v2, arXiv:2509.26328",
            Unit.BLOCK,
            Schedule.OPEN,
            0.9,
            s -> s.cut(new Unmasking.Opening(
                    new Unmasking.AtLeast(Quota.fixed(1), s.threshold, Confidence.probability()), s.causal))),

    /** Each token at a time of its own; steps that change nothing are left out. */
    ANCESTRAL("MDLM, arXiv:2406.07524", Unit.CANVAS, Schedule.STEPS, s -> s.plain(new Unmasking.Ancestral(s.steps))),

    /** All words at once out of noise on their embeddings, a little less noise a step; for models with such embeddings. */
    REFINING(
            "Diffusion-LM, arXiv:2205.14217; CDCD, arXiv:2211.15089",
            Unit.CANVAS,
            Schedule.STEPS,
            s -> s.cut(new Unmasking.Threshold(0, Confidence.probability()), new Refining(s.steps))),

    /** One token at a time, in any order: ancestral sampling with steps that are infinitely small. */
    FIRST_HITTING(
            "BD3-LM, arXiv:2503.09573; arXiv:2409.02908",
            Unit.CANVAS,
            Schedule.OPEN,
            s -> s.plain(new Unmasking.Scheduled(Quota.fixed(1), Confidence.random()))),

    /** Wide in: all tokens above a low probability; narrow out: those that are not probable any more are hidden again. */
    WINO(
            "WINO, arXiv:2507.18578",
            Unit.BLOCK,
            Schedule.OPEN,
            0.6,
            s -> s.over(s.denoiser.leavingOut()).plain(new Unmasking.WideIn(s.threshold), new Remasking.Revoke(0.9))),

    /** Ancestral sampling that hides tokens again, with a probability of at most a bound. */
    REMDM_CAP(
            "ReMDM, arXiv:2503.00307",
            Unit.CANVAS,
            Schedule.STEPS,
            0.008,
            s -> s.remasking(ReMdm.cap(s.steps, s.threshold))),

    /** The same with a share of the largest probability there can be. */
    REMDM_RESCALE(
            "ReMDM, arXiv:2503.00307",
            Unit.CANVAS,
            Schedule.STEPS,
            0.015,
            s -> s.remasking(ReMdm.rescale(s.steps, s.threshold))),

    /** The same with the largest probability, shared out by how unsure tokens were. */
    REMDM_CONF("ReMDM, arXiv:2503.00307", Unit.CANVAS, Schedule.STEPS, s -> s.remasking(ReMdm.confidence(s.steps))),

    /** The same between two times only, while nine tenths of the text stand. */
    REMDM_LOOP(
            "ReMDM, arXiv:2503.00307",
            Unit.CANVAS,
            Schedule.STEPS,
            0.02,
            s -> s.remasking(ReMdm.loop(s.steps, s.threshold, 0.55, 0.05, 0.9))),

    /** The surest tokens first, until all are so far ahead that the rest is written at once. */
    PROPHET(
            "Prophet, arXiv:2508.19982",
            Unit.BLOCK,
            Schedule.STEPS,
            s -> s.plain(new Unmasking.EarlyExit(
                    new Unmasking.Scheduled(Quota.even(s.steps), Confidence.probability()), s.steps))),

    /** All tokens above a probability, on a canvas that grows until the model ends the text. */
    DAEDAL(
            "DAEDAL, arXiv:2508.00819",
            Unit.CANVAS,
            Schedule.OPEN,
            0.9,
            s -> s.growing(new Daedal(s.growth.ends, s.growth.room, s.growth.window, s.threshold))),

    /** Those of the least entropy first, where a token may ask for more positions or for its own to go. */
    DREAMON("DreamOn, hkunlp.github.io/blog/2025/dreamon", Unit.CANVAS, Schedule.OPEN, s -> s.expanding());

    private final String source;
    private final Unit unit;
    private final Schedule schedule;
    private final OptionalDouble threshold;

    @SuppressWarnings("ImmutableEnumChecker") // a recipe remembers nothing
    private final Recipe recipe;

    Strategy(String source, Unit unit, Schedule schedule, Recipe recipe) {
        this(source, unit, schedule, OptionalDouble.empty(), recipe);
    }

    Strategy(String source, Unit unit, Schedule schedule, double threshold, Recipe recipe) {
        this(source, unit, schedule, OptionalDouble.of(threshold), recipe);
    }

    Strategy(String source, Unit unit, Schedule schedule, OptionalDouble threshold, Recipe recipe) {
        this.source = source;
        this.unit = unit;
        this.schedule = schedule;
        this.threshold = threshold;
        this.recipe = recipe;
    }

    /** What is filled together where no length of blocks is asked for. */
    private enum Unit {
        BLOCK,
        CANVAS
    }

    /** Whether the number of steps is decided in advance. */
    private enum Schedule {
        STEPS,
        OPEN
    }

    /** How the parts are chosen. */
    private interface Recipe {
        Sampler sampler(Setting setting);
    }

    /** The name on a command line: {@code low-confidence}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The strategy with {@code label}. */
    public static Strategy of(String label) {
        return Arrays.stream(values())
                .filter(strategy -> strategy.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no strategy '" + label + "'; there are "
                        + Arrays.stream(values()).map(Strategy::label).collect(Collectors.joining(", "))));
    }

    /** Where it comes from: a model or a method, and the paper. */
    public String source() {
        return source;
    }

    /** Whether a canvas is filled as one block where no length of blocks is asked for. */
    public boolean isWhole() {
        return unit == Unit.CANVAS;
    }

    /** Whether it fills a block in a number of steps. */
    public boolean hasSteps() {
        return schedule == Schedule.STEPS;
    }

    /** With how many positions a text of no given length begins; empty for a strategy that changes no length. */
    public OptionalInt begins() {
        return switch (this) {
            case DAEDAL -> OptionalInt.of(64);
            case DREAMON -> OptionalInt.of(4);
            default -> OptionalInt.empty();
        };
    }

    /** Its usual threshold, whatever that bounds; empty for a strategy without one. */
    public OptionalDouble threshold() {
        return threshold;
    }

    /** The sampler that this strategy is. */
    public Sampler sampler(Setting setting) {
        return recipe.sampler(setting);
    }

    /**
     * What a strategy's parts are made from.
     *
     * @param causal the length of the blocks that the network's attention knows; 1 where it knows none
     * @param steps in how many steps a block is filled, by strategies with a schedule
     * @param threshold the bound of strategies that have one
     * @param temperature 0 for the likeliest tokens
     * @param topP the share of the distribution tokens are drawn from
     * @param growth how canvases may change their length, by strategies that change it
     */
    public record Setting(
            Denoiser denoiser,
            Blocks blocks,
            int causal,
            int steps,
            double threshold,
            double temperature,
            double topP,
            Growth growth) {

        private Setting over(Denoiser other) {
            return new Setting(other, blocks, causal, steps, threshold, temperature, topP, growth);
        }

        /** Tokens are drawn; what is asked of the distribution is asked of the whole. */
        private Sampler plain(Unmasking unmasking) {
            return plain(unmasking, Remasking.none());
        }

        private Sampler plain(Unmasking unmasking, Remasking remasking) {
            return new Sampler(denoiser, blocks, TokenChoice.of(temperature, topP), unmasking, remasking);
        }

        private Sampler remasking(ReMdm policy) {
            return plain(policy, policy);
        }

        private Sampler growing(Daedal policy) {
            return plain(policy, policy);
        }

        private Sampler expanding() {
            if (growth.expand.isEmpty() || growth.delete.isEmpty()) {
                throw new IllegalArgumentException(
                        "the strategy 'dreamon' needs tokens that expand and delete, which the model does not have");
            }
            ExpandAndDelete lengths =
                    new ExpandAndDelete(denoiser, growth.expand.getAsInt(), growth.delete.getAsInt(), growth.room);
            Unmasking one = new Unmasking.Scheduled(Quota.fixed(1), Confidence.negativeEntropy());
            return over(lengths).cut(one, lengths);
        }

        /** The distribution is tempered and cut first, and confidences are those of what is left. */
        private Sampler cut(Unmasking unmasking) {
            return cut(unmasking, Remasking.none());
        }

        private Sampler cut(Unmasking unmasking, Remasking remasking) {
            Denoiser tempered = temperature == 0 || temperature == 1 ? denoiser : new Tempering(denoiser, temperature);
            Denoiser cut = topP == 1 ? tempered : new Truncating(tempered, topP, 0);
            return new Sampler(cut, blocks, TokenChoice.of(temperature == 0 ? 0 : 1, 1), unmasking, remasking);
        }

        private Quota.OverTime overTime() {
            return new Quota.OverTime(steps, 1e-3);
        }
    }

    /**
     * How canvases may change their length.
     *
     * @param room how many positions longer they may become
     * @param window how many positions are written together on a canvas that changes its length
     * @param ends the tokens that end a text
     * @param expand the token that asks for two positions
     * @param delete the token that asks for none
     */
    public record Growth(int room, int window, Set<Integer> ends, OptionalInt expand, OptionalInt delete) {

        public Growth {
            ends = Set.copyOf(ends);
        }

        /** Canvases keep their length. */
        public static Growth none() {
            return new Growth(0, 1, Set.of(), OptionalInt.empty(), OptionalInt.empty());
        }
    }
}
