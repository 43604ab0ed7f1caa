package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.ReplacementNoise;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.TinyDit;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ObjectivesTest {

    /** An objective by what it is called in a failure. */
    record Named(String name, boolean timed, Function<TimedNetwork, Objective> of) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Named> objectives() {
        NoiseSchedule linear = NoiseSchedule.linear();
        return Stream.of(
                new Named("masked", false, n -> MaskedDiffusion.likelihood(n, TinyDit.MASK, linear)),
                new Named(
                        "masked, told the time",
                        true,
                        n -> MaskedDiffusion.likelihood(n, TinyDit.MASK, new NoiseSchedule.Cosine())),
                new Named("answers", false, n -> MaskedDiffusion.fineTuning(n, TinyDit.MASK)),
                new Named(
                        "context-adaptive",
                        false,
                        n -> new MaskedDiffusion(
                                n,
                                TinyDit.MASK,
                                new Masking.Spans(linear, 2),
                                Times.uniform(0.01),
                                Weighting.contextAdaptive(0.3),
                                false)),
                new Named(
                        "block",
                        false,
                        n -> new BlockDiffusion(
                                n,
                                TinyDit.MASK,
                                new BlockLengths.Mixed(List.of(2, 4)),
                                new NoiseSchedule.Clipped(0.3, 0.8))),
                new Named("autoregressive", false, NextToken::new),
                new Named(
                        "uniform noise",
                        false,
                        n -> new HybridDiffusion(
                                n, TinyDit.MASK, new ReplacementNoise.Uniform(linear, TinyDit.MASK), WITHIN)),
                new Named(
                        "hybrid noise, told the time",
                        true,
                        n -> new HybridDiffusion(
                                n, TinyDit.MASK, new ReplacementNoise.Hybrid(TinyDit.MASK, 0.2), WITHIN)),
                new Named("complementary masks", false, n -> new ComplementaryMasks(n, TinyDit.MASK, WITHIN)),
                new Named(
                        "certainty",
                        false,
                        n -> new CertaintyForcing(n, TinyDit.MASK, new Masking.Alike(linear), WITHIN, 2, 0.5)),
                new Named(
                        "distillation",
                        false,
                        n -> new DistillationThroughTime(
                                n, TinyDit.random(77, false)::logits, TinyDit.MASK, WITHIN, 3, 0.2)));
    }

    /** Times at which nothing is infinite: from 0.1 to 0.9. */
    private static final Times WITHIN = (count, seed) -> Times.uniform(0.125).draw(count, seed).stream()
            .map(time -> new Times.Time(0.8 * time.t() + 0.1, 1))
            .toList();

    private static final List<Example> BATCH =
            List.of(example(1, 12, 1), example(2, 7, 3), example(3, 5, 2), example(4, 12, 4));

    @ParameterizedTest
    @MethodSource("objectives")
    void gradients_agree_with_finite_differences(Named named) {
        Dit dit = TinyDit.random(5, named.timed);
        Objective objective = named.of.apply(dit::logits);
        try (Scope memory = Scope.training()) {
            objective.loss(BATCH, Seed.of(8)).value().backward();
        }
        dit.parameters().forEach((name, parameter) -> {
            if (parameter.hasGrad()) { // the noise level has none where it is not told
                Gradients.assertAgree(
                        name,
                        parameter,
                        2e-3,
                        () -> objective.loss(BATCH, Seed.of(8)).value().item());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void the_same_seed_draws_the_same_loss(Named named) {
        Objective objective = named.of.apply(TinyDit.random(6, named.timed)::logits);
        try (Scope memory = Scope.inference()) {
            double loss = objective.loss(BATCH, Seed.of(3)).value().item();
            assertThat(objective.loss(BATCH, Seed.of(3)).value().item()).isEqualTo(loss);
            assertThat(loss).isPositive();
        }
    }

    /** A prediction from how often each token is visible: cheap, and different for every mask. */
    private static Tensor counting(Tensor ids) { // (B, T) -> (B, T, V)
        Tensor table = Tensor.randn(Seed.of(21), TinyDit.VOCABULARY, TinyDit.VOCABULARY)
                .mul(1.5);
        Tensor seen = table.embedding(ids).mean(1, true); // (B, 1, V)
        Tensor places = Tensor.randn(Seed.of(22), 1, ids.size(1), TinyDit.VOCABULARY);
        return seen.mul(2).add(places);
    }

    static Stream<NoiseSchedule> schedules() {
        return Stream.of(
                NoiseSchedule.linear(),
                NoiseSchedule.sqrt(),
                new NoiseSchedule.Polynomial(2),
                new NoiseSchedule.Cosine(),
                new NoiseSchedule.LogLinear(1e-4),
                new NoiseSchedule.Geometric(1e-5, 20));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void the_likelihood_bound_does_not_depend_on_the_schedule(NoiseSchedule schedule) {
        assertThat(bound(schedule)).isCloseTo(bound(NoiseSchedule.linear()), within(0.01));
    }

    /** The bound of a text of four tokens: each way to hide some of them, at each of many times. */
    private static double bound(NoiseSchedule schedule) {
        double[] nats = natsByMask();
        int steps = 50_000;
        double sum = 0;
        for (int step = 0; step < steps; step++) {
            double t = (step + 0.5) / steps;
            double hidden = schedule.hidden(t);
            for (int mask = 1; mask < nats.length; mask++) {
                int count = Integer.bitCount(mask);
                double chance = Math.pow(hidden, count) * Math.pow(1 - hidden, 4 - count);
                sum += chance * schedule.weight(t) * nats[mask] / steps;
            }
        }
        return sum / 4;
    }

    /** What the objective says of each way to hide some of four tokens. */
    private static double[] natsByMask() {
        MaskedDiffusion objective = likelihood(NoiseSchedule.linear());
        Texts texts = Texts.pack(List.of(TEXT));
        float[] ones = {1, 1, 1, 1, 1};
        double[] nats = new double[16];
        for (int mask = 0; mask < nats.length; mask++) {
            boolean[] hidden = new boolean[5];
            for (int i = 0; i < 4; i++) {
                hidden[i + 1] = (mask >> i & 1) == 1;
            }
            try (Scope memory = Scope.inference()) {
                Noised noised = new Noised(texts, hidden, ones, List.of(new Times.Time(0.5, 1)));
                nats[mask] = 4 * objective.loss(noised).value().item();
            }
        }
        return nats;
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void what_is_drawn_is_the_bound_on_average(NoiseSchedule schedule) {
        try (Scope memory = Scope.inference()) {
            Loss loss = likelihood(schedule).loss(Collections.nCopies(20_000, TEXT), Seed.of(5));
            assertThat(loss.value().item()).isCloseTo(bound(schedule), within(0.2));
        }
    }

    private static final Example TEXT = example(7, 5, 1);

    private static MaskedDiffusion likelihood(NoiseSchedule schedule) {
        return new MaskedDiffusion(
                (ids, sigma, positions, attend) -> counting(ids),
                TinyDit.MASK,
                new Masking.Alike(schedule),
                Times.antithetic(1e-9),
                Weighting.bound(),
                false);
    }

    @Test
    void other_weights_give_another_number() {
        Objective flat = new MaskedDiffusion(
                (ids, sigma, positions, attend) -> counting(ids),
                TinyDit.MASK,
                new Masking.Alike(NoiseSchedule.linear()),
                Times.antithetic(1e-9),
                Weighting.flat(),
                false);
        try (Scope memory = Scope.inference()) {
            double loss = flat.loss(Collections.nCopies(5000, TEXT), Seed.of(5))
                    .value()
                    .item();
            assertThat(loss).isLessThan(0.7 * bound(NoiseSchedule.linear()));
        }
    }

    @Test
    void texts_packed_into_one_row_do_not_see_each_other() {
        Objective objective = new NextToken(TinyDit.random(9, false)::logits);
        try (Scope memory = Scope.inference()) {
            assertThat(Texts.pack(BATCH).rows()).isEqualTo(3);
            Loss together = objective.loss(BATCH, Seed.of(1));
            double alone = BATCH.stream()
                    .map(example -> objective.loss(List.of(example), Seed.of(1)))
                    .mapToDouble(loss -> loss.value().item() * loss.targets())
                    .sum();
            assertThat(together.value().item() * together.targets()).isCloseTo(alone, within(1e-4));
        }
    }

    @Test
    void no_row_of_a_language_model_sees_what_it_predicts() {
        Dit dit = TinyDit.random(10, false);
        try (Scope memory = Scope.inference()) {
            Example example = example(1, 10, 1);
            int[] changed = example.ids().clone();
            changed[9] = (changed[9] + 1) % TinyDit.MASK;
            float[] before = firstNats(dit, example);
            float[] after = firstNats(dit, new Example(changed, 1));
            assertThat(after).containsExactly(before, within(1e-6f));
        }
    }

    private static float[] firstNats(Dit dit, Example example) {
        Texts texts = Texts.pack(List.of(example));
        Tensor logits = dit.logits(
                Tensor.ids(texts.ids(), 1, texts.length()),
                Tensor.zeros(1),
                texts.positions(),
                texts.attend((position, other) -> other <= position));
        return logits.narrow(1, 0, 9).toFloats();
    }

    @Test
    void a_noised_block_sees_itself_and_the_clean_text_before_it() {
        Dit dit = TinyDit.random(11, false);
        BlockDiffusion blocks = new BlockDiffusion(
                dit::logits, TinyDit.MASK, new BlockLengths.Mixed(List.of(4)), NoiseSchedule.linear());
        try (Scope memory = Scope.inference()) {
            float[] before = second(blocks, 12, -1);
            assertThat(second(blocks, 12, 1)).as("a token of the block before").isNotEqualTo(before);
            assertThat(second(blocks, 12, 5)).as("a hidden token of its own").isEqualTo(before);
            assertThat(second(blocks, 12, 6)).as("a visible token of its own").isNotEqualTo(before);
            assertThat(second(blocks, 12, 9)).as("a token of the block behind").isEqualTo(before);
        }
    }

    /** The logits of the second block of a text whose positions 4 and 5 are hidden, with one token changed. */
    private static float[] second(BlockDiffusion blocks, int length, int changed) {
        int[] ids = example(3, length, 1).ids();
        if (changed >= 0) {
            ids[changed] = (ids[changed] + 1) % TinyDit.MASK;
        }
        boolean[] hidden = new boolean[length];
        hidden[4] = true;
        hidden[5] = true;
        Texts texts = Texts.pack(List.of(new Example(ids, 1)));
        Noised noised = new Noised(texts, hidden, new float[length], List.of());
        return blocks.logits(noised, 4).narrow(1, 4, 4).toFloats();
    }

    @Test
    void block_lengths_are_warmed_up_in_equal_parts_of_a_run() {
        BlockLengths lengths = new BlockLengths.WarmedUp(List.of(1, 4, 32));
        assertThat(Stream.of(0.0, 0.3, 0.34, 0.66, 0.7, 1.0)
                        .map(share -> lengths.after(share).draw(Seed.of(1))))
                .containsExactly(1, 1, 4, 4, 32, 32);
    }

    @Test
    void context_adaptive_weights_are_the_paper_s_sum() {
        boolean[] hidden = {false, true, true, false, true, true, true, false};
        float[] weights = Weighting.contextAdaptive(0.3).of(hidden, new float[hidden.length]);
        for (int n = 0; n < hidden.length; n++) {
            double sum = 0;
            for (int i = 0; i < hidden.length; i++) {
                sum += i == n || hidden[i] ? 0 : 0.5 * 0.3 * Math.pow(0.7, Math.abs(n - i) - 1);
            }
            assertThat(weights[n]).as("token %d", n).isCloseTo((float) sum, within(1e-6f));
        }
    }

    @Test
    void in_fine_tuning_short_answers_count_as_much_as_long_ones_and_prompts_stay_visible() {
        Texts texts = Texts.pack(List.of(example(1, 12, 2), example(2, 12, 10)));
        boolean[] all = new boolean[24];
        for (Texts.Part part : texts.parts()) {
            for (int i = part.example().start(); i < part.length(); i++) {
                all[texts.cell(part, i)] = true;
            }
        }
        float[] ones = new float[24];
        Arrays.fill(ones, 1);
        Noised noised = new Noised(texts, all, ones, List.of());
        try (Scope memory = Scope.inference()) {
            float[] weights = noised.targets(Weighting.bound(), true)
                    .weights(Tensor.zeros(1))
                    .toFloats();
            assertThat(weights[0] * 10).isCloseTo(weights[11] * 2, within(1e-5f));
        }
        Noised drawn = Noised.draw(texts, new Masking.Alike(NoiseSchedule.linear()), Times.uniform(0.9), Seed.of(1));
        for (int i = 0; i < 24; i++) {
            assertThat(drawn.hidden()[i]).isIn(all[i], false);
        }
    }

    private static Example example(long seed, int length, int start) {
        Seed own = Seed.of(seed);
        return new Example(
                IntStream.range(0, length).map(i -> own.below(TinyDit.MASK)).toArray(), start);
    }
}
