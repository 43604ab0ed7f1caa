package io.palimpsest.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseScheduleTest {

    /** All of them, with the shares hidden at the ends. */
    static Stream<Ends> schedules() {
        return Stream.of(
                new Ends(NoiseSchedule.linear(), 0, 1),
                new Ends(NoiseSchedule.sqrt(), 0, 1),
                new Ends(new NoiseSchedule.Polynomial(3), 0, 1),
                new Ends(new NoiseSchedule.Cosine(), 0, 1),
                new Ends(new NoiseSchedule.LogLinear(1e-3), 0, 0.999),
                new Ends(new NoiseSchedule.Geometric(1e-4, 20), 1 - Math.exp(-1e-4), 1 - Math.exp(-20)),
                new Ends(new NoiseSchedule.Clipped(0.3, 0.8), 0.3, 0.8));
    }

    record Ends(NoiseSchedule schedule, double atZero, double atOne) {}

    @ParameterizedTest
    @MethodSource("schedules")
    void the_share_hidden_begins_and_ends_where_it_should(Ends ends) {
        assertThat(ends.schedule.hidden(0)).isCloseTo(ends.atZero, within(1e-12));
        assertThat(ends.schedule.hidden(1)).isCloseTo(ends.atOne, within(1e-12));
        assertThat(ends.schedule.alpha(0)).isCloseTo(1 - ends.atZero, within(1e-12));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void the_share_hidden_only_grows(Ends ends) {
        double before = ends.schedule.hidden(0);
        for (int i = 1; i <= 1000; i++) {
            double now = ends.schedule.hidden(i / 1000.0);
            assertThat(now)
                    .as("t = %s", i / 1000.0)
                    .isGreaterThan(before - 1e-15)
                    .isBetween(0.0, 1.0);
            before = now;
        }
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void the_rate_is_the_derivative_and_the_weight_follows_from_it(Ends ends) {
        NoiseSchedule s = ends.schedule;
        for (double t = 0.05; t < 0.96; t += 0.05) {
            double slope = (s.hidden(t + 1e-6) - s.hidden(t - 1e-6)) / 2e-6;
            assertThat(s.rate(t)).as("t = %s", t).isCloseTo(slope, within(1e-6 * Math.max(1, slope)));
            assertThat(s.weight(t)).isCloseTo(s.rate(t) / (1 - s.alpha(t)), within(1e-9 * s.weight(t)));
            assertThat(s.sigma(t)).isCloseTo(-Math.log(s.alpha(t)), within(1e-9));
        }
    }

    @Test
    void settings_that_make_no_schedule_are_refused_with_their_values() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NoiseSchedule.Clipped(0.8, 0.3))
                .withMessageContaining("0.8");
        assertThatIllegalArgumentException().isThrownBy(() -> new NoiseSchedule.Geometric(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new NoiseSchedule.LogLinear(1));
        assertThatIllegalArgumentException().isThrownBy(() -> new NoiseSchedule.Polynomial(0));
    }
}
