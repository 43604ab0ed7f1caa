package io.palimpsest.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Seed;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeasuresTest {

    @Test
    void texts_that_repeat_themselves_have_few_different_runs() {
        Diversity repeating = new Diversity(List.of(new int[] {1, 1, 1, 1}, new int[] {1, 1}));
        assertThat(repeating.distinct(1)).isCloseTo(1.0 / 6, within(1e-9));
        assertThat(repeating.distinct(2)).isCloseTo(1.0 / 4, within(1e-9));
        assertThat(new Diversity(List.of(new int[] {1, 2, 3, 4})).distinct(2)).isEqualTo(1);
    }

    @Test
    void equal_texts_have_a_self_bleu_of_one_and_unlike_ones_of_nearly_none() {
        int[] text = IntStream.range(0, 20).toArray();
        assertThat(new Diversity(List.of(text, text.clone(), text.clone())).selfBleu())
                .isCloseTo(1, within(1e-9));
        Diversity unlike = new Diversity(List.of(text, IntStream.range(100, 120).toArray()));
        assertThat(unlike.selfBleu()).isZero();
    }

    /** By hand: 5 of 6 tokens, (4 + 1) of (5 + 1) pairs, (3 + 1) of (4 + 1) triples, (2 + 1) of (3 + 1) fours. */
    @Test
    void self_bleu_is_the_geometric_mean_of_shared_runs() {
        Diversity two = new Diversity(List.of(new int[] {1, 2, 3, 4, 5, 6}, new int[] {1, 2, 3, 4, 5, 9}));
        assertThat(two.selfBleu()).isCloseTo(Math.pow(5 / 6.0 * 5 / 6 * 4 / 5 * 3 / 4, 0.25), within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void who_is_right_as_often_as_said_is_calibrated(long seed) {
        Calibration honest = new Calibration();
        Calibration boasting = new Calibration();
        Seed random = Seed.of(seed);
        for (int i = 0; i < 20_000; i++) {
            double probability = random.uniform();
            honest.add(probability, random.uniform() < probability);
            boasting.add(0.95, random.uniform() < 0.5);
        }
        assertThat(honest.error()).isLessThan(0.02);
        assertThat(boasting.error()).isCloseTo(0.45, within(0.02));
    }
}
