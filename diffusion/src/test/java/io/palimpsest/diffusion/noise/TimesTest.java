package io.palimpsest.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimesTest {

    static Stream<Times> allTimes() {
        return Stream.of(Times.uniform(0), Times.antithetic(0), learned());
    }

    /** A warp that has seen a loss with a steep rise around t = 0.7. */
    private static TimeWarp learned() {
        TimeWarp warp = new TimeWarp(20);
        Seed seed = Seed.of(4);
        for (int i = 0; i < 5000; i++) {
            double t = seed.uniform();
            warp.observe(t, 5 / (1 + Math.exp(-20 * (t - 0.7))) + 0.1 * (seed.uniform() - 0.5));
        }
        return warp;
    }

    @ParameterizedTest
    @MethodSource("allTimes")
    void weighted_means_over_times_are_means_over_uniform_times(Times times) {
        double sum = 0;
        for (int draw = 0; draw < 2000; draw++) {
            for (Times.Time time : times.draw(16, Seed.of(draw))) {
                assertThat(time.t()).isBetween(0.0, 1.0);
                sum += time.weight() * Math.pow(time.t(), 3) / 16;
            }
        }
        assertThat(sum / 2000).isCloseTo(0.25, within(0.004));
    }

    @Test
    void antithetic_times_fall_one_into_each_part() {
        List<Times.Time> times = Times.antithetic(0.2).draw(8, Seed.of(3));
        for (int i = 0; i < 8; i++) {
            assertThat(times.get(i).t()).isBetween(0.2 + 0.1 * i, 0.2 + 0.1 * (i + 1));
        }
    }

    @Test
    void a_warp_goes_where_the_loss_rises_and_leaves_no_time_out() {
        TimeWarp warp = learned();
        double[] density = warp.density();
        assertThat(density[14]).as("around t = 0.7").isGreaterThan(3);
        assertThat(density[2]).as("where the loss is flat").isLessThan(0.5).isGreaterThan(0.05);
        assertThat(Arrays.stream(density).average()).hasValueCloseTo(1.0, within(1e-9));
    }

    @Test
    void a_warp_that_has_seen_nothing_is_uniform() {
        assertThat(new TimeWarp(10).density()).containsOnly(1.0);
    }

    @Test
    void a_warp_goes_on_from_what_it_remembers() {
        TimeWarp warp = learned();
        TimeWarp again = new TimeWarp(20);
        again.remember(warp.memory());
        warp.observe(0.5, 3);
        again.observe(0.5, 3);
        assertThat(again.density()).containsExactly(warp.density());
    }
}
