package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaTest {

    /** How many positions each step of a block of {@code hidden} behind {@code given} tokens commits. */
    private static int[] counts(Quota quota, int given, int hidden) {
        Canvas canvas =
                Canvas.of(IntStream.generate(() -> 1).limit(given).toArray()).extend(hidden);
        List<CanvasFrame> frames = new ArrayList<>();
        new Sampler(
                        MarkovModel.random(7, 5),
                        Blocks.grid(given + hidden),
                        new TokenChoice.Greedy(),
                        new Unmasking.Scheduled(quota, Confidence.probability()))
                .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)));
        return IntStream.range(1, frames.size())
                .map(i -> frames.get(i - 1).count(State.HIDDEN) - frames.get(i).count(State.HIDDEN))
                .toArray();
    }

    @Test
    void even_shares_have_the_remainder_in_the_first_steps() {
        assertThat(counts(Quota.even(4), 2, 10)).containsExactly(3, 3, 2, 2);
    }

    @Test
    void shares_of_the_block_do_not_care_what_of_it_was_given() {
        assertThat(counts(new Quota.OfBlock(4), 6, 10)).containsExactly(4, 4, 2);
    }

    @Test
    void over_time_the_share_is_rounded_down_and_the_last_step_takes_the_rest() {
        assertThat(counts(new Quota.OverTime(8, 1e-3), 3, 16)).containsExactly(1, 2, 2, 2, 2, 2, 2, 3);
    }

    @Test
    void rounded_shares_leave_out_steps_without_any() {
        assertThat(counts(new Quota.Rounded(7), 3, 12)).containsExactly(2, 2, 2, 2, 1, 2, 1);
        assertThat(counts(new Quota.Rounded(9), 3, 3))
                .hasSizeLessThanOrEqualTo(3)
                .doesNotContain(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 16, 200})
    void every_schedule_fills_the_block_in_no_more_than_its_steps(int steps) {
        for (Quota quota : List.of(
                Quota.even(steps),
                new Quota.OfBlock(steps),
                new Quota.OverTime(steps, 1e-3),
                new Quota.Rounded(steps))) {
            int[] counts = counts(quota, 2, 13);
            assertThat(counts).as("%s", quota).hasSizeLessThanOrEqualTo(steps);
            assertThat(IntStream.of(counts).sum()).isEqualTo(13);
        }
    }

    @Test
    void a_schedule_without_steps_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quota.even(0))
                .withMessage("a schedule needs at least 1 step; got 0");
    }
}
