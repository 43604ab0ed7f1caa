package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.TinyDit;
import io.palimpsest.training.data.Example;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistillationTest {

    private static final Times HALF = Times.uniform(0.5);
    private static final List<Example> BATCH = List.of(
            new Example(IntStream.range(0, 12).toArray(), 1),
            new Example(IntStream.range(0, 12).toArray(), 1));

    @Test
    void a_student_that_is_its_teacher_has_nothing_to_learn_from_one_step() {
        TimedNetwork same = TinyDit.random(1, false)::logits;
        try (Scope memory = Scope.inference()) {
            assertThat(loss(new DistillationThroughTime(same, same, TinyDit.MASK, HALF, 1, 0.2)))
                    .isCloseTo(0, within(1e-6));
            assertThat(loss(new DistillationThroughTime(same, same, TinyDit.MASK, HALF, 4, 0.2)))
                    .as("later steps know more")
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void certainty_counts_only_where_the_prediction_is_right() {
        TimedNetwork network = TinyDit.random(2, false)::logits;
        try (Scope memory = Scope.inference()) {
            double without = loss(certainty(network, 0));
            double with = loss(certainty(network, 1));
            assertThat(with).isGreaterThan(without);
            TimedNetwork wrong = (ids, sigma, at, attend) ->
                    TinyDit.random(2, false).logits(ids, sigma, at, attend).mul(0); // all guesses are token 0
            List<Example> others = List.of(new Example(new int[] {0, 5, 6, 7, 8, 9}, 1));
            assertThat(certainty(wrong, 1).loss(others, Seed.of(4)).value().item())
                    .isEqualTo(
                            certainty(wrong, 0).loss(others, Seed.of(4)).value().item());
        }
    }

    private static Objective certainty(TimedNetwork network, double beta) {
        return new CertaintyForcing(network, TinyDit.MASK, new Masking.Alike(NoiseSchedule.linear()), HALF, beta, 0.5);
    }

    @Test
    void of_two_complementary_masks_each_token_is_hidden_in_one() {
        Noised one = Noised.draw(Texts.pack(BATCH), new Masking.Alike(NoiseSchedule.linear()), HALF, Seed.of(6));
        Noised other = ComplementaryMasks.complement(one);
        for (int cell = 0; cell < 24; cell++) {
            boolean learnt = cell % 12 > 0;
            assertThat(one.hidden()[cell] ^ other.hidden()[cell]).isEqualTo(learnt);
        }
        double t = one.times().get(0).t();
        assertThat(other.bound()[1]).isCloseTo((float) (1 / (1 - t)), within(1e-4f));
    }

    private static double loss(Objective objective) {
        return objective.loss(BATCH, Seed.of(4)).value().item();
    }
}
