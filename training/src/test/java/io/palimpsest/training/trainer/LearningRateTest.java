package io.palimpsest.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateTest {

    @ParameterizedTest
    @EnumSource
    void it_rises_to_its_peak_stays_and_falls_to_its_floor(LearningRate.Decay decay) {
        LearningRate rate = new LearningRate(2e-3, 10, 0.5, decay, 0.1);
        assertThat(rate.at(0, 100)).isCloseTo(2e-4, within(1e-12));
        assertThat(rate.at(9, 100)).isCloseTo(2e-3, within(1e-12));
        assertThat(rate.at(50, 100)).isCloseTo(2e-3, within(1e-12));
        assertThat(rate.at(75, 100)).isCloseTo(1.1e-3, within(1e-12));
        assertThat(rate.at(100, 100)).isCloseTo(2e-4, within(1e-12));
        for (int step = 51; step <= 100; step++) {
            assertThat(rate.at(step, 100)).isLessThan(rate.at(step - 1, 100));
        }
    }

    @Test
    void without_a_plateau_it_falls_right_after_warm_up() {
        LearningRate rate = new LearningRate(1, 10, 0, LearningRate.Decay.LINEAR, 0);
        assertThat(rate.at(10, 110)).isEqualTo(1);
        assertThat(rate.at(60, 110)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void a_run_shorter_than_its_warm_up_never_divides_by_zero() {
        LearningRate rate = new LearningRate(1, 10, 1, LearningRate.Decay.LINEAR, 0);
        assertThat(rate.at(2, 3)).isCloseTo(0.3, within(1e-12));
    }

    @Test
    void a_peak_must_be_positive() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LearningRate(0, 10, 0, LearningRate.Decay.LINEAR, 0));
    }
}
