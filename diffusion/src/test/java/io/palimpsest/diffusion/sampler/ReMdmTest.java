package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReMdmTest {

    private static final int LENGTH = 5000;
    private static final int STEPS = 10;

    private static List<CanvasFrame> frames(Unmasking unmasking, Remasking remasking) {
        List<CanvasFrame> frames = new ArrayList<>();
        Canvas canvas = Canvas.of(1).extend(LENGTH);
        new Sampler(MarkovModel.random(5, 3), Blocks.whole(), new TokenChoice.Greedy(), unmasking, remasking)
                .fill(List.of(new Fill(canvas, Seed.of(9), frames::add)));
        return frames;
    }

    private static void assertShares(ReMdm policy, IntToDoubleFunction alpha) {
        List<CanvasFrame> frames = frames(policy, policy);
        assertThat(frames).hasSize(STEPS + 1);
        for (int step = 1; step <= STEPS; step++) {
            double visible = 1 - (double) frames.get(step).count(State.HIDDEN) / LENGTH;
            double expected = alpha.applyAsDouble(step);
            double deviation = Math.sqrt(expected * (1 - expected) / LENGTH);
            assertThat(visible).as("step %d", step).isCloseTo(expected, Offset.offset(4.5 * deviation + 1e-9));
        }
    }

    /** Theorem 3.1 of the paper: however much is hidden again, as much stands at each time as without. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.05, 0.4, 1})
    void as_much_stands_at_each_time_as_without_remasking(double eta) {
        assertShares(ReMdm.cap(STEPS, eta), step -> (double) step / STEPS);
        assertShares(ReMdm.rescale(STEPS, eta), step -> (double) step / STEPS);
    }

    @Test
    void a_loop_holds_its_share_and_then_lets_the_rest_appear() {
        ReMdm policy = ReMdm.loop(STEPS, 0.1, 0.55, 0.25, 0.8);
        assertShares(policy, step -> {
            double s = 1 - (double) step / STEPS; // the end of the step, which decides where its beginning did
            double t = s + 1.0 / STEPS;
            if (t > 0.55) {
                return (1 - s) * 0.8 / 0.45;
            }
            return t <= 0.25 ? 1 - s * 0.2 / 0.25 : loopShare(step);
        });
    }

    /** What stands drifts from where the first phase left it towards the share that the loop keeps. */
    private static double loopShare(int step) {
        double visible = (1 - 0.5) * 0.8 / 0.45; // after step 5, the first phase's last
        for (int i = 6; i <= step; i++) {
            visible = visible * 0.9 + (1 - visible) * (0.8 * 0.1) / 0.2;
        }
        return visible;
    }

    @Test
    void with_confidence_the_unsure_are_hidden_again_more_often() {
        Canvas canvas = Canvas.of(1).extend(40);
        for (int i = 1; i <= 40; i++) {
            canvas.draft(i, 2, i % 2 == 0 ? 1f : 0.01f);
        }
        int sure = 0;
        int unsure = 0;
        ReMdm policy = ReMdm.confidence(4);
        for (int seed = 0; seed < 4000; seed++) {
            Canvas copy = canvas.copy();
            Step step = new Step(2, 1, 0, canvas.span(), 40, Seed.of(seed));
            policy.revise(copy, Tensor.zeros(1, 1), step, new int[0]);
            for (int position : copy.hidden(copy.span())) {
                sure += position % 2 == 0 ? 1 : 0;
                unsure += position % 2 == 0 ? 0 : 1;
            }
        }
        assertThat((double) unsure / sure).isCloseTo(Math.exp(0.99), Offset.offset(0.25));
    }

    @Test
    void without_any_probability_nothing_is_hidden_again() {
        ReMdm none = ReMdm.cap(STEPS, 0);
        assertThat(frames(none, none)).isEqualTo(frames(none, neverHiding()));
    }

    /** Tokens stay drafts until the end, as they do where they may be hidden again. */
    private static Remasking neverHiding() {
        return (canvas, logits, step, written) -> step.inBlock() < STEPS - 1;
    }
}
