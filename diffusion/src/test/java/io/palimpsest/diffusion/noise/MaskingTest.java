package io.palimpsest.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Seed;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskingTest {

    /** Token i occurs 1000 / (i + 1) times, as words do (Zipf). */
    private static final TokenStatistics STATISTICS = TokenStatistics.of(
            IntStream.range(0, 50).mapToLong(i -> 1000 / (i + 1)).toArray());

    private static final int[] TEXT =
            IntStream.range(0, 40).map(i -> i * i % 50).toArray();

    static Stream<TokenSchedule> tokenSchedules() {
        return Stream.of(
                TokenSchedule.of(new NoiseSchedule.Cosine()),
                new Spindle(STATISTICS, 0.3),
                new Spindle(STATISTICS, 1 / Math.PI),
                new FrequencyInformed(NoiseSchedule.linear(), STATISTICS, 1),
                new FrequencyInformed(NoiseSchedule.linear(), STATISTICS, 0),
                new FrequencyInformed(new NoiseSchedule.Cosine(), STATISTICS, 0.3));
    }

    @ParameterizedTest
    @MethodSource("tokenSchedules")
    void every_token_stands_at_the_beginning_and_is_gone_at_the_end(TokenSchedule schedule) {
        for (int i = 0; i < TEXT.length; i++) {
            assertThat(schedule.at(TEXT, 0).hidden()[i]).isCloseTo(0, within(1e-9));
            assertThat(schedule.at(TEXT, 1).hidden()[i]).isCloseTo(1, within(1e-9));
        }
    }

    @ParameterizedTest
    @MethodSource("tokenSchedules")
    void every_token_s_chance_only_grows_and_at_the_rate_it_says(TokenSchedule schedule) {
        for (int step = 1; step < 100; step++) {
            double t = step / 100.0 + 0.0037;
            TokenSchedule.Chances now = schedule.at(TEXT, t);
            TokenSchedule.Chances later = schedule.at(TEXT, t + 1e-6);
            for (int i = 0; i < TEXT.length; i++) {
                assertThat(now.hidden()[i]).isBetween(0.0, 1.0);
                double slope = (later.hidden()[i] - now.hidden()[i]) / 1e-6;
                assertThat(slope).as("token %d at %s", TEXT[i], t).isGreaterThan(-1e-9);
                assertThat(now.rates()[i]).isCloseTo(slope, within(1e-3));
            }
        }
    }

    @Test
    void the_spindle_hides_what_tells_most_first() {
        TokenSchedule.Chances half = new Spindle(STATISTICS, 0.3).at(new int[] {0, 10, 49}, 0.5);
        assertThat(half.hidden()[0]).isLessThan(half.hidden()[1]);
        assertThat(half.hidden()[1]).isLessThan(half.hidden()[2]);
        assertThatIllegalArgumentException().isThrownBy(() -> new Spindle(STATISTICS, 0.4));
    }

    @Test
    void frequency_informed_masking_keeps_the_share_and_prefers_rare_tokens() {
        FrequencyInformed informed = new FrequencyInformed(NoiseSchedule.linear(), STATISTICS, 1);
        for (double t : new double[] {0.1, 0.4, 0.6, 0.95}) {
            double[] chances = informed.at(TEXT, t).hidden();
            assertThat(IntStream.range(0, chances.length)
                            .mapToDouble(i -> chances[i])
                            .average())
                    .hasValueCloseTo(t, within(1e-9));
        }
        double[] chances = informed.at(new int[] {0, 25, 49}, 0.3).hidden();
        assertThat(chances[0]).isLessThan(chances[1]);
        assertThat(chances[1]).isLessThan(chances[2]);
        double[] atStart = informed.after(0).at(new int[] {1, 25, 49}, 0.3).hidden();
        assertThat(atStart).containsOnly(atStart[0]);
    }

    static Stream<Masking> maskings() {
        return Stream.of(
                new Masking.Alike(NoiseSchedule.linear()),
                new Masking.ByToken(new FrequencyInformed(NoiseSchedule.linear(), STATISTICS, 0.5)),
                new Masking.Spans(NoiseSchedule.linear(), 1),
                new Masking.Spans(NoiseSchedule.linear(), 5));
    }

    @ParameterizedTest
    @MethodSource("maskings")
    void as_many_tokens_are_hidden_as_the_schedule_says(Masking masking) {
        for (double t : new double[] {0.05, 0.5, 0.93}) {
            int hidden = 0;
            for (int draw = 0; draw < 400; draw++) {
                hidden += count(masking.draw(TEXT, t, Seed.of(draw)).hidden());
            }
            assertThat(hidden / (400.0 * TEXT.length)).isCloseTo(t, within(0.015));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 6})
    void spans_are_as_long_as_they_were_asked_to_be(int length) {
        Masking spans = new Masking.Spans(NoiseSchedule.linear(), length);
        int[] text = new int[3000];
        boolean[] hidden = spans.draw(text, 0.02, Seed.of(length)).hidden(); // few: spans seldom meet
        long starts = IntStream.range(0, text.length)
                .filter(i -> hidden[i] && !hidden[(i + text.length - 1) % text.length])
                .count();
        assertThat(count(hidden) / (double) starts).isCloseTo(length, within(0.45 * length));
    }

    private static int count(boolean[] flags) {
        int count = 0;
        for (boolean flag : flags) {
            count += flag ? 1 : 0;
        }
        return count;
    }
}
