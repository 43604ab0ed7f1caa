package io.palimpsest.training.settings;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.palimpsest.diffusion.noise.FrequencyInformed;
import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.ReplacementNoise;
import io.palimpsest.diffusion.noise.Spindle;
import io.palimpsest.diffusion.noise.TimeWarp;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.diffusion.noise.TokenStatistics;
import io.palimpsest.training.objective.BlockDiffusion;
import io.palimpsest.training.objective.BlockLengths;
import io.palimpsest.training.objective.CertaintyForcing;
import io.palimpsest.training.objective.ComplementaryMasks;
import io.palimpsest.training.objective.DistillationThroughTime;
import io.palimpsest.training.objective.HybridDiffusion;
import io.palimpsest.training.objective.MaskedDiffusion;
import io.palimpsest.training.objective.NextToken;
import io.palimpsest.training.objective.Objective;
import io.palimpsest.training.objective.TimedNetwork;
import io.palimpsest.training.objective.Weighting;
import java.util.List;
import java.util.function.Supplier;

/** What a network is trained for, as a run's file says it. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ObjectiveSettings.Masked.class, name = "masked"),
    @JsonSubTypes.Type(value = ObjectiveSettings.Complementary.class, name = "complementary"),
    @JsonSubTypes.Type(value = ObjectiveSettings.Hybrid.class, name = "hybrid"),
    @JsonSubTypes.Type(value = ObjectiveSettings.Certainty.class, name = "certainty"),
    @JsonSubTypes.Type(value = ObjectiveSettings.SelfDistilled.class, name = "self_distilled"),
    @JsonSubTypes.Type(value = ObjectiveSettings.Block.class, name = "block"),
    @JsonSubTypes.Type(value = ObjectiveSettings.Autoregressive.class, name = "autoregressive")
})
public sealed interface ObjectiveSettings {

    /**
     * What is trained.
     *
     * @param mask the id that stands at hidden positions
     * @param statistics how often each token occurs, counted only where it is needed
     * @param teacher a copy of the network as it begins, made only where it is needed
     */
    record Trainee(
            TimedNetwork network, int mask, Supplier<TokenStatistics> statistics, Supplier<TimedNetwork> teacher) {}

    /** The formula. */
    Objective of(Trainee trainee);

    /** The likelihood bound that held-out text is measured by, in nats a token. */
    Objective likelihood(TimedNetwork network, int mask);

    /** The {@code model_type} of what is trained for this. */
    String family();

    /** How many positions are denoised together, of texts of {@code length}. */
    int block(int length);

    /** Which tokens are hidden. */
    enum Hiding {
        /** All alike. */
        ALIKE,
        /** Those that tell much first ({@link Spindle} with its authors' λ). */
        SPINDLE,
        /** Rare ones more often, increasingly so ({@link FrequencyInformed}). */
        FREQUENCY,
        /** Whole spans of 3 tokens on average. */
        SPANS
    }

    /** At which times. */
    enum When {
        UNIFORM,
        ANTITHETIC,
        /** Where there is most to learn ({@link TimeWarp}). */
        LEARNED
    }

    /** What hidden tokens count for. */
    enum Counting {
        BOUND,
        FLAT,
        CONTEXT_ADAPTIVE
    }

    /** {@link MaskedDiffusion}. */
    record Masked(NoiseSchedule schedule, Hiding hiding, When times, Counting weighting, boolean perText)
            implements WholeText {

        private static final double SPINDLE_LAMBDA = 0.3;
        private static final double RARITY_POWER = 0.5;
        private static final double MEAN_SPAN = 3;
        private static final double CART_DECAY = 0.3;
        private static final int WARP_BINS = 50;

        @Override
        public Objective of(Trainee trainee) {
            return new MaskedDiffusion(
                    trainee.network(), trainee.mask(), masking(trainee.statistics()), when(), counting(), perText);
        }

        private Masking masking(Supplier<TokenStatistics> statistics) {
            return switch (hiding) {
                case ALIKE -> new Masking.Alike(schedule);
                case SPINDLE -> new Masking.ByToken(new Spindle(statistics.get(), SPINDLE_LAMBDA));
                case FREQUENCY -> new Masking.ByToken(new FrequencyInformed(schedule, statistics.get(), RARITY_POWER));
                case SPANS -> new Masking.Spans(schedule, MEAN_SPAN);
            };
        }

        private Times when() {
            return switch (times) {
                case UNIFORM -> Times.uniform(MaskedDiffusion.EARLIEST);
                case ANTITHETIC -> Times.antithetic(MaskedDiffusion.EARLIEST);
                case LEARNED -> new TimeWarp(WARP_BINS);
            };
        }

        private Weighting counting() {
            return switch (weighting) {
                case BOUND -> Weighting.bound();
                case FLAT -> Weighting.flat();
                case CONTEXT_ADAPTIVE -> Weighting.contextAdaptive(CART_DECAY);
            };
        }
    }

    /** Objectives whose network is used as MDLM's are: all positions at once, each seeing all. */
    sealed interface WholeText extends ObjectiveSettings {

        @Override
        default String family() {
            return "mdlm";
        }

        @Override
        default int block(int length) {
            return length;
        }

        @Override
        default Objective likelihood(TimedNetwork network, int mask) {
            return MaskedDiffusion.likelihood(network, mask, NoiseSchedule.linear());
        }
    }

    /** {@link ComplementaryMasks}. */
    record Complementary() implements WholeText {

        @Override
        public Objective of(Trainee trainee) {
            return new ComplementaryMasks(
                    trainee.network(), trainee.mask(), Times.antithetic(MaskedDiffusion.EARLIEST));
        }
    }

    /**
     * {@link HybridDiffusion}.
     *
     * @param swapped the share of tokens that are swapped for wrong ones at half time
     */
    record Hybrid(double swapped) implements WholeText {

        @Override
        public Objective of(Trainee trainee) {
            return new HybridDiffusion(
                    trainee.network(),
                    trainee.mask(),
                    new ReplacementNoise.Hybrid(trainee.mask(), swapped),
                    Times.antithetic(MaskedDiffusion.EARLIEST));
        }
    }

    /**
     * {@link CertaintyForcing}.
     *
     * @param beta what certainty counts for; its authors use 2
     * @param temperature of the distribution whose entropy is lowered
     */
    record Certainty(double beta, double temperature) implements WholeText {

        public Certainty {
            if (!(beta >= 0 && temperature > 0)) {
                throw new IllegalArgumentException(
                        "certainty needs a beta of at least 0 and a temperature above 0; got " + beta + " and "
                                + temperature);
            }
        }

        @Override
        public Objective of(Trainee trainee) {
            return new CertaintyForcing(
                    trainee.network(),
                    trainee.mask(),
                    new Masking.Alike(NoiseSchedule.linear()),
                    Times.antithetic(MaskedDiffusion.EARLIEST),
                    beta,
                    temperature);
        }
    }

    /**
     * {@link DistillationThroughTime}.
     *
     * @param steps how many of the teacher's steps become one
     * @param stepSize the time that each of them goes back
     */
    record SelfDistilled(int steps, double stepSize) implements WholeText {

        public SelfDistilled {
            if (!(steps >= 1 && stepSize > 0 && stepSize < 1)) {
                throw new IllegalArgumentException(
                        "self-distillation needs at least 1 step of a size between 0 and 1; got " + steps + " and "
                                + stepSize);
            }
        }

        @Override
        public Objective of(Trainee trainee) {
            return new DistillationThroughTime(
                    trainee.network(),
                    trainee.teacher().get(),
                    trainee.mask(),
                    Times.antithetic(MaskedDiffusion.EARLIEST),
                    steps,
                    stepSize);
        }
    }

    /**
     * {@link BlockDiffusion}.
     *
     * @param lengths block lengths; the last is the one that is measured and decoded with
     * @param warmedUp whether they come one after the other and not mixed
     */
    record Block(List<Integer> lengths, boolean warmedUp, NoiseSchedule schedule) implements ObjectiveSettings {

        @Override
        public String family() {
            return "bd3lm";
        }

        @Override
        public int block(int length) {
            return lengths.get(lengths.size() - 1);
        }

        @Override
        public Objective of(Trainee trainee) {
            BlockLengths drawn = warmedUp ? new BlockLengths.WarmedUp(lengths) : new BlockLengths.Mixed(lengths);
            return new BlockDiffusion(trainee.network(), trainee.mask(), drawn, schedule);
        }

        @Override
        public Objective likelihood(TimedNetwork network, int mask) {
            return BlockDiffusion.likelihood(network, mask, lengths.get(lengths.size() - 1));
        }
    }

    /** {@link NextToken}. */
    record Autoregressive() implements ObjectiveSettings {

        @Override
        public String family() {
            return "ar_dit";
        }

        @Override
        public int block(int length) {
            return 1;
        }

        @Override
        public Objective of(Trainee trainee) {
            return new NextToken(trainee.network());
        }

        @Override
        public Objective likelihood(TimedNetwork network, int mask) {
            return new NextToken(network);
        }
    }
}
