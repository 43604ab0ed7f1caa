package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.TokenChoice.Greedy;
import io.palimpsest.diffusion.sampler.TokenChoice.Sampling;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerTest {

    private static final int VOCABULARY = 7;

    /** All policies, blocks, choices and remaskings with each other. */
    static Stream<Sampler> combinations() {
        Denoiser model = MarkovModel.random(VOCABULARY, 11);
        List<Blocks> blocks = List.of(Blocks.whole(), Blocks.of(4), Blocks.grid(5));
        List<Unmasking> unmaskings = List.of(
                Unmasking.scheduled(3),
                new Unmasking.Scheduled(Quota.even(5), Confidence.random()),
                Unmasking.threshold(0.4),
                new Unmasking.ByChance(new Quota.OverTime(5, 1e-3), Draws.ofSeed()),
                new Unmasking.Ancestral(6),
                new Unmasking.WideIn(0.3),
                new Unmasking.EarlyExit(Unmasking.scheduled(6), 6, 3, 2, 1),
                new Unmasking.Threshold(0.2, Confidence.margin()),
                new Unmasking.Threshold(-0.7, Confidence.negativeEntropy()),
                new Unmasking.Factor(1.2),
                new Unmasking.EntropyBounded(1),
                new Unmasking.Scheduled(
                        new Quota.OverTime(6, 1e-3),
                        Confidence.negativeEntropy().tempered(0.5)),
                new Unmasking.AtLeast(new Quota.OfBlock(3), 0.4, Confidence.probabilityWithout(Set.of(2))),
                new Unmasking.HoldingBack(5, 0.4, Confidence.probability()),
                new Unmasking.Opening(Unmasking.threshold(0.4), 1),
                Unmasking.sequential(),
                Unmasking.threshold(0.5).or(Unmasking.scheduled(4)),
                proposals -> new int[0]);
        return blocks.stream()
                .flatMap(b -> unmaskings.stream()
                        .flatMap(u -> Stream.of(new Greedy(), new Sampling(0.8, 0.9, 5))
                                .flatMap(c -> Stream.of(
                                                Remasking.none(), new Remasking.Revoke(0.3), new TokenEditing(0.5, 3))
                                        .map(r -> new Sampler(model, b, c, u, r)))));
    }

    private static Canvas text(int prompt) {
        return Canvas.of(1, 2, 3 + prompt, 2).extend(9).pin(5, 6).extend(3);
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void a_canvas_is_filled_and_what_was_given_stays(Sampler sampler) {
        Canvas canvas = text(0);
        Filled filled = sampler.fill(canvas, Seed.of(3));
        assertThat(canvas.in(canvas.span(), State.COMMITTED)).hasSize(12);
        assertThat(canvas.in(canvas.span(), State.PINNED)).containsExactly(0, 1, 2, 3, 13, 14);
        assertThat(canvas.ids(new Span(0, 4))).containsExactly(1, 2, 3, 2);
        assertThat(canvas.ids(new Span(13, 15))).containsExactly(5, 6);
        assertThat(filled.tokens()).isEqualTo(12);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.LENGTH);
        assertThat(filled.meanConfidence()).isBetween(0.0, 1.0);
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void the_number_of_passes_is_bounded(Sampler sampler) {
        Filled filled = sampler.fill(text(0), Seed.of(3));
        int patience = sampler.patience();
        assertThat(filled.forwardPasses()).isBetween(1, 12 * (patience + 1));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void the_same_seed_gives_the_same_text(Sampler sampler) {
        assertThat(frames(sampler, text(0), 5)).isEqualTo(frames(sampler, text(0), 5));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void a_row_gets_in_a_batch_what_it_gets_alone(Sampler sampler) {
        List<List<CanvasFrame>> together = new ArrayList<>();
        List<Fill> fills = new ArrayList<>();
        for (int row = 0; row < 3; row++) {
            List<CanvasFrame> frames = new ArrayList<>();
            together.add(frames);
            fills.add(new Fill(text(row), Seed.of(row), frames::add));
        }
        sampler.fill(fills);
        for (int row = 0; row < 3; row++) {
            assertThat(together.get(row)).isEqualTo(frames(sampler, text(row), row));
        }
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void without_remasking_nothing_is_taken_back(Sampler with) {
        Sampler sampler = new Sampler(with.denoiser(), with.blocks(), with.choice(), with.unmasking());
        List<CanvasFrame> frames = frames(sampler, text(0), 8);
        for (int i = 1; i < frames.size(); i++) {
            List<CanvasFrame.Cell> before = frames.get(i - 1).cells();
            for (int position = 0; position < before.size(); position++) {
                if (before.get(position).state().isVisible()) {
                    assertThat(frames.get(i).cells().get(position)).isEqualTo(before.get(position));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void frames_count_steps_and_passes(Sampler sampler) {
        List<CanvasFrame> frames = frames(sampler, text(0), 2);
        for (int i = 0; i < frames.size(); i++) {
            assertThat(frames.get(i).step()).isEqualTo(i);
            assertThat(frames.get(i).forwardPasses()).isEqualTo(i);
        }
    }

    private static List<CanvasFrame> frames(Sampler sampler, Canvas canvas, long seed) {
        List<CanvasFrame> frames = new ArrayList<>();
        sampler.fill(List.of(new Fill(canvas, Seed.of(seed), frames::add)));
        return frames;
    }

    @Test
    void an_oracle_writes_its_answer_whatever_the_order() {
        int[] answer = {4, 1, 3, 0, 2, 6, 5, 1};
        Canvas canvas = Canvas.of().extend(8);
        new Sampler(
                        oracle(answer),
                        Blocks.of(3),
                        new Sampling(1),
                        new Unmasking.Scheduled(Quota.even(2), Confidence.random()))
                .fill(canvas, Seed.of(1));
        assertThat(canvas.ids(canvas.span())).isEqualTo(answer);
    }

    @Test
    void a_canvas_without_hidden_positions_costs_nothing() {
        Filled filled = new Sampler(oracle(1), Blocks.whole(), new Greedy(), Unmasking.sequential())
                .fill(Canvas.of(1, 2), Seed.of(1));
        assertThat(filled.forwardPasses()).isZero();
        assertThat(filled.tokens()).isZero();
    }

    @Test
    void all_open_canvases_are_asked_in_one_call() {
        MarkovModel model = MarkovModel.random(VOCABULARY, 3);
        Sampler sampler = new Sampler(model, Blocks.whole(), new Greedy(), Unmasking.sequential());
        List<Filled> filled = sampler.fill(List.of(
                new Fill(Canvas.of(1).extend(3), Seed.of(1), f -> {}),
                new Fill(Canvas.of(2).extend(5), Seed.of(2), f -> {})));
        assertThat(model.calls).isEqualTo(5);
        assertThat(filled).extracting(Filled::forwardPasses).containsExactly(3, 5);
    }

    @Test
    void each_canvas_is_released_even_when_a_listener_throws() {
        List<Canvas> released = new ArrayList<>();
        Denoiser model = new Denoiser() {
            @Override
            public List<Tensor> logits(List<View> views) {
                return oracle(1, 1, 1).logits(views);
            }

            @Override
            public void release(Canvas canvas) {
                released.add(canvas);
            }
        };
        Canvas canvas = Canvas.of().extend(3);
        Sampler sampler = new Sampler(model, Blocks.whole(), new Greedy(), Unmasking.sequential());
        Fill fill = new Fill(canvas, Seed.of(1), frame -> {
            throw new IllegalStateException("cancelled");
        });
        assertThatThrownBy(() -> sampler.fill(List.of(fill))).hasMessage("cancelled");
        assertThat(released).containsExactly(canvas);
    }

    @Test
    void a_growing_canvas_ends_at_the_limit_on_the_text() {
        Canvas canvas = Canvas.of(1, 1);
        Filled filled =
                growing(4, 10, Set.of(), 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0).fill(canvas, Seed.of(1));
        assertThat(canvas.ids(new Span(2, canvas.length()))).containsExactly(2, 3, 4, 5, 0, 1, 2, 3, 4, 5);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.LENGTH);
    }

    @Test
    void a_growing_canvas_ends_at_a_stop_token_and_grows_no_further() {
        Canvas canvas = Canvas.of(1, 1);
        Filled filled = growing(4, 100, Set.of(5), 0, 1, 2, 3, 4, 5, 0, 1, 2, 3).fill(canvas, Seed.of(1));
        assertThat(canvas.ids(new Span(2, canvas.length()))).containsExactly(2, 3, 4, 5);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.STOP);
        assertThat(filled.tokens()).isEqualTo(4);
    }

    @Test
    void a_stop_token_in_the_prompt_ends_nothing() {
        Canvas canvas = Canvas.of(5, 1);
        growing(2, 3, Set.of(5), 0, 1, 2, 3, 4).fill(canvas, Seed.of(1));
        assertThat(canvas.ids(new Span(2, canvas.length()))).containsExactly(2, 3, 4);
    }

    @Test
    void what_follows_a_stop_token_is_dropped_once_all_before_it_is_settled() {
        Canvas canvas = Canvas.of(1).extend(6);
        Unmasking lastFirst = proposals -> new int[] {proposals.size() - 1};
        Sampler sampler =
                new Sampler(oracle(0, 1, 2, 5, 3, 3, 3), Blocks.whole().stoppingAt(Set.of(5)), new Greedy(), lastFirst);
        List<CanvasFrame> frames = frames(sampler, canvas, 1);
        assertThat(frames.get(4).cells()).hasSize(7); // the stop token stands, two before it are hidden
        assertThat(frames.get(6).cells()).hasSize(4);
        assertThat(canvas.ids(canvas.span())).containsExactly(1, 1, 2, 5);
    }

    @Test
    void a_block_is_left_once_all_that_is_wanted_of_it_is_settled() {
        Canvas canvas = Canvas.of(1).extend(7);
        Sampler sampler = new Sampler(
                oracle(0, 1, 2, 3, 4, 3, 3, 3), Blocks.grid(4).upTo(6), new Greedy(), Unmasking.sequential());
        Filled filled = sampler.fill(canvas, Seed.of(1)).upTo(6);
        assertThat(filled.forwardPasses()).isEqualTo(5);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.LENGTH);
        assertThat(canvas.ids(canvas.span())).containsExactly(1, 1, 2, 3, 4, 3);
    }

    @Test
    void a_stop_token_before_a_limit_counts_though_both_are_reached_in_one_step() {
        Canvas canvas = Canvas.of(1).extend(7);
        Blocks blocks = Blocks.grid(8).stoppingAt(Set.of(5)).upTo(6);
        Filled filled = new Sampler(oracle(0, 1, 2, 5, 4, 3, 3, 3), blocks, new Greedy(), Unmasking.threshold(0))
                .fill(canvas, Seed.of(1))
                .upTo(6);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.STOP);
        assertThat(canvas.ids(canvas.span())).containsExactly(1, 1, 2, 5);
    }

    @Test
    void the_block_with_a_stop_token_may_be_finished_and_be_the_last() {
        Canvas canvas = Canvas.of(5).extend(9);
        canvas.commit(1, 5, 1); // given, though not pinned
        new Sampler(
                        oracle(0, 0, 1, 2, 3, 5, 1, 2, 3, 4),
                        Blocks.grid(4).endingAfter(Set.of(5)),
                        new Greedy(),
                        Unmasking.sequential())
                .fill(canvas, Seed.of(1));
        assertThat(canvas.ids(new Span(0, 8))).containsExactly(5, 5, 1, 2, 3, 5, 1, 2);
        assertThat(canvas.hidden(canvas.span())).containsExactly(8, 9);
    }

    @Test
    void an_order_by_chance_prefers_the_surer_and_the_more_so_the_colder_it_is() {
        assertThat(shareOfFirst(100)).isCloseTo(0.5, org.assertj.core.data.Offset.offset(0.06));
        assertThat(shareOfFirst(1)).isBetween(0.55, 0.8);
        assertThat(shareOfFirst(0.01)).isEqualTo(1);
    }

    /** How often the surer of two positions is committed first. */
    private static double shareOfFirst(double temperature) {
        Denoiser model = views -> views.stream()
                .map(v -> Tensor.of(new float[] {9, 0, 0, 0.1f}, 2, 2)
                        .narrow(0, v.span().start(), v.span().length()))
                .toList();
        Sampler sampler = new Sampler(
                model,
                Blocks.whole(),
                new Greedy(),
                new Unmasking.Scheduled(Quota.fixed(1), Confidence.probability().tempered(temperature)));
        int first = 0;
        for (int seed = 0; seed < 500; seed++) {
            first += frames(sampler, Canvas.of().extend(2), seed)
                            .get(1)
                            .cells()
                            .get(0)
                            .state()
                            .isVisible()
                    ? 1
                    : 0;
        }
        return first / 500.0;
    }

    @Test
    void a_stop_token_before_given_text_ends_nothing() {
        Canvas canvas = Canvas.of(1).extend(2).pin(4);
        Sampler sampler = new Sampler(
                oracle(0, 5, 5, 0), Blocks.whole().stoppingAt(Set.of(5)), new Greedy(), Unmasking.sequential());
        assertThat(sampler.fill(canvas, Seed.of(1)).finish()).isEqualTo(Filled.Finish.LENGTH);
        assertThat(canvas.ids(canvas.span())).containsExactly(1, 5, 5, 4);
    }

    @Test
    void a_block_of_less_than_one_position_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Blocks.of(0)).withMessageContaining("at least 1; got 0");
    }

    @Test
    void gaps_are_cut_at_given_positions_and_grids_at_multiples() {
        Canvas canvas = Canvas.of(1, 1).extend(5).pin(1).extend(2);
        assertThat(spans(Blocks.of(3), canvas)).containsExactly(new Span(2, 5), new Span(5, 7), new Span(8, 10));
        assertThat(spans(Blocks.grid(4), canvas)).containsExactly(new Span(0, 4), new Span(4, 8), new Span(8, 10));
        assertThat(spans(Blocks.whole(), canvas)).containsExactly(new Span(2, 10));
    }

    private static List<Span> spans(Blocks blocks, Canvas canvas) {
        List<Span> spans = new ArrayList<>();
        Blocks.Walk walk = blocks.walk(canvas);
        walk.next().ifPresent(first -> {
            spans.add(first);
            Stream.generate(walk::next)
                    .takeWhile(java.util.Optional::isPresent)
                    .forEach(s -> spans.add(s.orElseThrow()));
        });
        return spans;
    }

    @Test
    void sampling_draws_from_the_tempered_distribution() {
        double[] logits = {1, 0, -1, 2};
        Denoiser model = views -> views.stream()
                .map(v -> Tensor.of(new float[] {1, 0, -1, 2}, 1, 4)
                        .expand(v.span().length(), 4))
                .toList();
        Canvas canvas = Canvas.of().extend(20_000);
        new Sampler(model, Blocks.whole(), new Sampling(0.7), Unmasking.threshold(0)).fill(canvas, Seed.of(4));
        double sum = Arrays.stream(logits).map(l -> Math.exp(l / 0.7)).sum();
        int[] ids = canvas.ids(canvas.span());
        for (int id = 0; id < 4; id++) {
            int wanted = id;
            double share = Arrays.stream(ids).filter(i -> i == wanted).count() / 20_000.0;
            assertThat(share).isCloseTo(Math.exp(logits[id] / 0.7) / sum, org.assertj.core.data.Offset.offset(0.012));
        }
    }

    private static Sampler growing(int length, int maxTokens, Set<Integer> stopIds, int... answer) {
        return new Sampler(
                oracle(answer), Blocks.growing(length, maxTokens, stopIds), new Greedy(), Unmasking.threshold(0.9));
    }

    /** Knows the text; surer of the earlier positions, and of tokens it can see. */
    static Denoiser oracle(int... answer) {
        return views -> views.stream().map(view -> oracle(view, answer)).toList();
    }

    private static Tensor oracle(Denoiser.View view, int[] answer) {
        float[] logits = new float[view.span().length() * VOCABULARY];
        for (int i = 0; i < view.span().length(); i++) {
            logits[i * VOCABULARY + answer[view.span().start() + i]] = 40;
        }
        return Tensor.of(logits, view.span().length(), VOCABULARY);
    }
}
