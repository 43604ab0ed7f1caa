package io.palimpsest.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.palimpsest.tensor.Seed;
import java.util.Arrays;
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

    /** By hand: 6 tokens in 4 passes, 1.5 a pass; one text has a token more than that, the other one fewer. */
    @Test
    void a_ratio_of_sums_varies_as_its_texts_do() {
        RatioOfSums speed = new RatioOfSums(new double[] {4, 2}, new double[] {2, 2});
        assertThat(speed.value()).isEqualTo(1.5);
        assertThat(speed.standardError()).isCloseTo(0.5, within(1e-12));
        assertThat(new RatioOfSums(new double[] {3, 6}, new double[] {2, 4}).standardError())
                .isZero();
        assertThat(speed.standardErrorLess(speed)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_standard_error_is_the_spread_over_repeated_samples(long seed) {
        Seed random = Seed.of(seed);
        double[] ratios = new double[400];
        double[] differences = new double[ratios.length];
        double error = 0;
        double paired = 0;
        for (int i = 0; i < ratios.length; i++) {
            List<RatioOfSums> both = twoWays(random.child(i), 50);
            ratios[i] = both.get(0).value();
            differences[i] = ratios[i] - both.get(1).value();
            error += both.get(0).standardError() / ratios.length;
            paired += both.get(0).standardErrorLess(both.get(1)) / ratios.length;
        }
        assertThat(error).isCloseTo(deviation(ratios), withinPercentage(12));
        assertThat(paired)
                .isCloseTo(deviation(differences), withinPercentage(12))
                .isLessThan(error / 2);
    }

    /** Texts of one way to write and of another, whose nats a token have much in common where their prompt is the same. */
    private static List<RatioOfSums> twoWays(Seed random, int texts) {
        double[][] nats = new double[2][texts];
        double[] tokens = new double[texts];
        for (int i = 0; i < texts; i++) {
            tokens[i] = 10 + Math.floor(50 * random.child(i).child(2).uniform());
            double shared = random.child(i).child(3).uniform();
            for (int way = 0; way < 2; way++) {
                nats[way][i] = tokens[i]
                        * (1 + shared + 0.2 * random.child(i).child(way).uniform());
            }
        }
        return List.of(new RatioOfSums(nats[0], tokens), new RatioOfSums(nats[1], tokens));
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1));
    }

    @Test
    void a_list_of_modes_always_holds_the_base() {
        assertThat(DecodingMode.parse("typical, no-state"))
                .containsExactly(DecodingMode.BASE, DecodingMode.TYPICAL, DecodingMode.NO_STATE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DecodingMode.parse("verified,typically"))
                .withMessage("there is no mode 'typically'; there are base, verified, typical, unverified, no-state");
    }

    @Test
    void there_are_a_hundred_different_prompts_and_no_more_are_promised() {
        assertThat(EvaluationTexts.prompts())
                .hasSize(100)
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
        Evaluation.Settings usual = Evaluation.Settings.of(false, 1);
        assertThat(usual.prompts(100).prompts()).isEqualTo(100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> usual.prompts(101))
                .withMessage("evaluation writes to 2 to 100 prompts; got 101");
    }
}
