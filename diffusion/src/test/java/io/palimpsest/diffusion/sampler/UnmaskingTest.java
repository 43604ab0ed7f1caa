package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnmaskingTest {

    /** A model of two tokens whose likelier one has the probability of its position, whatever stands beside it. */
    private static Denoiser withProbabilities(double... p) {
        return views -> views.stream()
                .map(view -> {
                    float[] logits = new float[2 * view.span().length()];
                    for (int i = 0; i < view.span().length(); i++) {
                        double own = p[view.span().start() + i];
                        logits[2 * i] = (float) Math.log(own);
                        logits[2 * i + 1] = (float) Math.log(1 - own);
                    }
                    return Tensor.of(logits, view.span().length(), 2);
                })
                .toList();
    }

    private static int firstStep(Unmasking unmasking, double... p) {
        return counts(unmasking, p)[0];
    }

    /** How many positions each step commits. */
    private static int[] counts(Unmasking unmasking, double... p) {
        List<CanvasFrame> frames = new ArrayList<>();
        Canvas canvas = Canvas.of().extend(p.length);
        new Sampler(withProbabilities(p), Blocks.whole(), new TokenChoice.Greedy(), unmasking)
                .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)));
        return IntStream.range(1, frames.size())
                .map(i -> frames.get(i - 1).count(State.HIDDEN) - frames.get(i).count(State.HIDDEN))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"0.5, 3", "0.8, 2", "0.95, 1", "0.999, 1"})
    void a_threshold_takes_all_that_reach_it_and_always_the_best(double threshold, int expected) {
        assertThat(firstStep(Unmasking.threshold(threshold), 0.6, 0.9, 0.97)).isEqualTo(expected);
    }

    /** (n + 1)(1 - p of the n-th) is below the factor: 2 · 0.01, 3 · 0.02, 4 · 0.03, then 5 · 0.4. */
    @ParameterizedTest
    @CsvSource({"0.03, 1", "0.1, 2", "0.5, 3"})
    void a_factor_weighs_the_least_sure_by_how_many_there_are(double factor, int expected) {
        assertThat(firstStep(new Unmasking.Factor(factor), 0.6, 0.97, 0.98, 0.99, 0.6))
                .isEqualTo(expected);
    }

    /** Entropies of 0.9, 0.8 and 0.7 are 0.33, 0.50 and 0.61 nats; the largest of those taken does not count. */
    @ParameterizedTest
    @CsvSource({"0.3, 1", "0.34, 2", "0.8, 2", "0.84, 3"})
    void entropies_are_bounded_but_for_the_largest(double bound, int expected) {
        assertThat(firstStep(new Unmasking.EntropyBounded(bound), 0.7, 0.9, 0.8))
                .isEqualTo(expected);
    }

    @Test
    void wide_in_takes_no_more_than_its_share_and_always_the_best() {
        double[] sure = new double[40];
        Arrays.fill(sure, 0.99);
        assertThat(counts(new Unmasking.WideIn(0.6), sure)).containsExactly(20, 14, 5, 1);
        assertThat(counts(new Unmasking.WideIn(0.6), 0.55, 0.51, 0.52)).containsExactly(1, 1, 1);
    }

    @Test
    void an_early_exit_commits_all_once_their_mean_lead_is_large_enough() {
        Unmasking one = Unmasking.sequential();
        double[] p = {0.9, 0.9, 0.9, 0.9, 0.9, 0.9}; // a lead of log 9 = 2.2
        assertThat(counts(new Unmasking.EarlyExit(one, 6, 2, 2, 2), p)).containsExactly(6);
        assertThat(counts(new Unmasking.EarlyExit(one, 6, 3, 2, 1), p)).containsExactly(1, 5);
        assertThat(counts(new Unmasking.EarlyExit(one, 6, 3, 3, 2), p)).containsExactly(1, 1, 1, 1, 2);
        assertThat(counts(new Unmasking.EarlyExit(one, 6), p)).containsExactly(1, 1, 1, 1, 1, 1);
    }

    @Test
    void a_block_opens_with_its_first_position_where_it_is_asked_to() {
        Unmasking all = Unmasking.threshold(0);
        Denoiser model = withProbabilities(0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6);
        Canvas canvas = Canvas.of(0).extend(9);
        List<CanvasFrame> frames = new ArrayList<>();
        new Sampler(model, Blocks.grid(2), new TokenChoice.Greedy(), new Unmasking.Opening(all, 4))
                .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)));
        assertThat(frames.stream().map(frame -> frame.count(State.HIDDEN))).containsExactly(9, 8, 6, 5, 4, 2, 1, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 50, 100_000})
    void ancestral_sampling_asks_only_when_something_appears(int steps) {
        double[] p = new double[200];
        Arrays.fill(p, 0.7);
        int[] counts = counts(new Unmasking.Ancestral(steps), p);
        assertThat(counts).doesNotContain(0).hasSizeLessThanOrEqualTo(Math.min(steps, p.length));
        assertThat(IntStream.of(counts).sum()).isEqualTo(p.length);
    }

    /** Left out are only the steps without any: the others have what chance gives a step at that time. */
    @Test
    void ancestral_sampling_gives_each_step_its_share() {
        int length = 10_000;
        double[] p = new double[length];
        Arrays.fill(p, 0.7);
        int[] counts = counts(new Unmasking.Ancestral(5), p);
        int[] byChance = counts(new Unmasking.ByChance(new Quota.OverTime(5, 1e-6), Draws.ofSeed()), p);
        assertThat(counts).hasSize(5);
        for (int step = 0; step < 5; step++) {
            assertThat(counts[step]).isCloseTo(length / 5, Offset.offset(180)); // 4.5 standard deviations
            assertThat(byChance[step]).isCloseTo(length / 5, Offset.offset(180));
        }
    }

    @Test
    void a_token_left_out_is_predicted_as_if_it_were_hidden() {
        MarkovModel model = MarkovModel.random(5, 8);
        Canvas canvas = Canvas.of(1, 2).extend(4);
        canvas.commit(3, 4, 1);
        canvas.draft(4, 0, 1);
        float[] logits = model.leavingOut().logits(canvas, new Span(1, 6)).toFloats();
        for (int position = 1; position < 6; position++) {
            Canvas without = canvas.copy();
            if (position > 1) {
                without.hide(position);
            }
            float[] own =
                    model.logits(without, new Span(position, position + 1)).toFloats();
            assertThat(Arrays.copyOfRange(logits, 5 * (position - 1), 5 * position))
                    .containsExactly(own);
        }
    }

    /** Once the last token is known, those before it are not what they seemed to be. */
    @Test
    void what_context_makes_improbable_is_taken_back() {
        assertThat(ones(new Remasking.Revoke(0.9))).isGreaterThan(ones(Remasking.none()));
    }

    private static long ones(Remasking remasking) {
        Denoiser model = views -> views.stream().map(UnmaskingTest::repeating).toList();
        Canvas canvas = Canvas.of().extend(8);
        new Sampler(model.leavingOut(), Blocks.whole(), new TokenChoice.Greedy(), new Unmasking.WideIn(0.55), remasking)
                .fill(canvas, Seed.of(1));
        return Arrays.stream(canvas.ids(canvas.span())).filter(id -> id == 1).count();
    }

    /** Thinks of token 0 everywhere, but of token 1 at the end, and then that all tokens are those behind them. */
    private static Tensor repeating(Denoiser.View view) {
        float[] logits = new float[2 * view.span().length()];
        for (int i = 0; i < view.span().length(); i++) {
            int position = view.span().start() + i;
            int behind = position + 1;
            while (behind < view.canvas().length() && view.canvas().isHidden(behind)) {
                behind++;
            }
            boolean known = behind < view.canvas().length();
            boolean last = position == view.canvas().length() - 1;
            int best = last ? 1 : known ? view.canvas().id(behind) : 0;
            logits[2 * i + best] = known || last ? 4 : 0.5f;
        }
        return Tensor.of(logits, view.span().length(), 2);
    }
}
