package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.diffusion.sampler.Acceptance.Judged;
import io.palimpsest.diffusion.sampler.Acceptance.Trusted;
import io.palimpsest.diffusion.sampler.TokenChoice.Greedy;
import io.palimpsest.diffusion.sampler.TokenChoice.Sampling;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HybridSamplerTest {

    private static final int RUNS = 20_000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7})
    void greedy_text_is_the_autoregressive_one(int draftLength) {
        for (long seed = 0; seed < 40; seed++) {
            MarkovModel model = MarkovModel.random(9, seed);
            Canvas canvas = Canvas.of(3, 1);
            new HybridSampler(model, new Greedy(), draftLength, new Judged(0), 17, Set.of()).fill(fill(canvas, seed));
            assertThat(canvas.ids(new Span(2, canvas.length()))).isEqualTo(greedyLoop(model, 1, 17));
        }
    }

    private static int[] greedyLoop(MarkovModel model, int last, int count) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            double[] p = model.next[i == 0 ? last : ids[i - 1]];
            for (int id = 0; id < p.length; id++) {
                ids[i] = p[id] > p[ids[i]] ? id : ids[i];
            }
        }
        return ids;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "1, 0, 1", "3, 0, 1", "4, 0.35, 1", "3, 0, 0.7"})
    void sampled_text_has_the_autoregressive_distribution(int draftLength, double minConfidence, double topP) {
        int v = 4;
        MarkovModel model = MarkovModel.random(v, 21);
        double temperature = 0.8;
        HybridSampler sampler = new HybridSampler(
                model,
                new Sampling(temperature, topP, Sampling.ALL),
                draftLength,
                new Judged(minConfidence),
                4,
                Set.of());
        double[] counts = new double[v * v * v * v];
        for (int run = 0; run < RUNS; run++) {
            Canvas canvas = Canvas.of(2);
            sampler.fill(fill(canvas, 1000 + run));
            int index = 0;
            for (int id : canvas.ids(new Span(1, 5))) {
                index = index * v + id;
            }
            counts[index]++;
        }
        double[] expected = expected(model, temperature, topP);
        double chiSquare = 0;
        int cells = 0;
        for (int i = 0; i < counts.length; i++) {
            double mean = expected[i] * RUNS;
            if (mean == 0) {
                assertThat(counts[i]).isZero();
            } else {
                chiSquare += (counts[i] - mean) * (counts[i] - mean) / mean;
                cells++;
            }
        }
        double freedom = cells - 1;
        assertThat(chiSquare).isLessThan(freedom + 4 * Math.sqrt(2 * freedom));
    }

    /** The probability of each text of four tokens after token 2. */
    private static double[] expected(MarkovModel model, double temperature, double topP) {
        int v = model.vocabulary;
        float[][] next = new float[v][];
        for (int a = 0; a < v; a++) {
            double sum = 0;
            for (double p : model.next[a]) {
                sum += Math.pow(p, 1 / temperature);
            }
            next[a] = new float[v];
            for (int b = 0; b < v; b++) {
                next[a][b] = (float) (Math.pow(model.next[a][b], 1 / temperature) / sum);
            }
            Nucleus.cut(next[a], topP, Sampling.ALL);
        }
        double[] expected = new double[v * v * v * v];
        for (int i = 0; i < expected.length; i++) {
            int a = i / (v * v * v), b = i / (v * v) % v, c = i / v % v, d = i % v;
            expected[i] = (double) next[2][a] * next[a][b] * next[b][c] * next[c][d];
        }
        return expected;
    }

    @Test
    void good_drafts_make_for_fewer_passes() {
        HybridDenoiser sure = counting(40);
        Canvas canvas = Canvas.of(1);
        Filled filled = new HybridSampler(sure, new Greedy(), 4, new Judged(0.2), 20, Set.of()).fill(fill(canvas, 1));
        assertThat(canvas.ids(new Span(1, 21)))
                .containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
        assertThat(filled.forwardPasses()).isEqualTo(5); // 1, then 5 a pass
        assertThat(filled.tokensPerForward()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void drafts_that_know_the_token_before_them_as_the_judge_does_all_stand(double temperature) {
        HybridDenoiser coherent = coherent(MarkovModel.random(6, 4));
        Filled filled = new HybridSampler(coherent, TokenChoice.of(temperature, 1), 3, new Judged(0), 41, Set.of())
                .fill(fill(Canvas.of(1), 5));
        assertThat(filled.forwardPasses()).isEqualTo(11); // 1, then 4 a pass
    }

    @Test
    void trusted_drafts_are_text_at_once_and_the_first_unsure_one_ends_the_pass() {
        Canvas canvas = Canvas.of(1);
        Filled filled =
                new HybridSampler(counting(40), new Greedy(), 4, new Trusted(0.9), 20, Set.of()).fill(fill(canvas, 1));
        assertThat(canvas.ids(new Span(1, 21)))
                .containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
        assertThat(filled.forwardPasses()).isEqualTo(4); // 5 a pass
        Filled unsure = new HybridSampler(counting(0.1), new Greedy(), 4, new Trusted(0.9), 20, Set.of())
                .fill(fill(Canvas.of(1), 1));
        assertThat(unsure.forwardPasses()).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void trusted_text_keeps_its_limit_and_ends_at_a_stop_token(int max) {
        Canvas canvas = Canvas.of(1);
        Filled filled = new HybridSampler(counting(40), new Greedy(), 8, new Trusted(0.5), max, Set.of(5))
                .fill(fill(canvas, 1));
        assertThat(filled.tokens()).isEqualTo(Math.min(max, 4));
        assertThat(filled.finish()).isEqualTo(max < 4 ? Filled.Finish.LENGTH : Filled.Finish.STOP);
    }

    @ParameterizedTest
    @CsvSource({"0.3, 0", "0.3, 1", "0.01, 0", "0.01, 1"})
    void no_draft_that_stands_as_typical_is_less_probable_than_its_bound(double epsilon, double temperature) {
        for (long seed = 0; seed < 40; seed++) {
            MarkovModel model = MarkovModel.random(9, seed);
            List<CanvasFrame> frames = new ArrayList<>();
            typical(model, temperature, 3, epsilon, 30).fill(new Fill(Canvas.of(3, 1), Seed.of(seed), frames::add));
            for (int i = 1; i < frames.size(); i++) {
                assertStandingDraftsAreTypical(frames.get(i - 1), frames.get(i), model, epsilon);
            }
        }
    }

    /** All that a pass committed but its last token, which is the model's own, had waited as a draft in the frame before. */
    private static void assertStandingDraftsAreTypical(
            CanvasFrame before, CanvasFrame after, MarkovModel model, double epsilon) {
        int settled = before.cells().size() - before.count(State.PROVISIONAL);
        int committed = after.cells().size() - after.count(State.PROVISIONAL);
        for (int position = settled; position < committed - 1; position++) {
            double[] p = model.next[after.cells().get(position - 1).id()];
            int id = after.cells().get(position).id();
            assertThat(id).isEqualTo(before.cells().get(position).id());
            assertThat(p[id]).isGreaterThanOrEqualTo(bound(p, epsilon) * 0.999);
        }
    }

    private static double bound(double[] p, double epsilon) {
        double entropy = -Arrays.stream(p).map(x -> x * Math.log(x)).sum();
        return Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.999, 0.3, 0.001})
    void the_likeliest_token_is_typical_whatever_the_epsilon(double epsilon) {
        for (long seed = 0; seed < 200; seed++) {
            Tensor logits = Tensor.randn(Seed.of(seed), 1, 30).mul(seed % 20 / 4.0);
            int best = logits.argmax(-1).toInts()[0];
            assertThat(stands(best, logits, epsilon)).isTrue();
        }
    }

    @Test
    void the_same_probability_is_typical_where_the_model_is_unsure_and_falls_where_it_is_sure() {
        float[] unsure = new float[10]; // each a tenth
        float[] sure = {0.9f, 0.1f};
        assertThat(stands(1, logs(unsure, 0.1f), 0.3)).isTrue(); // bound 0.055
        assertThat(stands(1, logs(sure, 0), 0.3)).isFalse(); // bound 0.3
        assertThat(stands(1, logs(sure, 0), 0.09)).isTrue();
    }

    @Test
    void tokens_without_any_probability_fall_and_do_not_spoil_the_entropy() {
        Tensor logits = Tensor.of(new float[] {0, Float.NEGATIVE_INFINITY, 0}, 1, 3);
        assertThat(stands(1, logits, 0.001)).isFalse();
        assertThat(stands(2, logits, 0.999)).isTrue();
    }

    private static Tensor logs(float[] p, float each) {
        float[] logs = new float[p.length];
        for (int i = 0; i < p.length; i++) {
            logs[i] = (float) Math.log(Math.max(p[i], each));
        }
        return Tensor.of(logs, 1, p.length);
    }

    private static boolean stands(int id, Tensor logits, double epsilon) {
        return new Judgement.Typical(epsilon)
                .instead(new Judgement.Draft(id, new float[0]), logits, new Greedy(), 0.5)
                .isEmpty();
    }

    /** A bound that hardly anything falls below: {@code drafts} and one token a pass. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void everything_stands_where_the_epsilon_is_tiny(double temperature) {
        Filled filled =
                typical(MarkovModel.random(6, 4), temperature, 3, 1e-12, 41).fill(fill(Canvas.of(1), 5));
        assertThat(filled.forwardPasses()).isEqualTo(11); // 1, then 4 a pass
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.9, 0.3, 0.1, 0.03})
    void typical_greedy_text_takes_no_more_passes_than_the_exact_one(double epsilon) {
        int exact = 0;
        int typical = 0;
        for (long seed = 0; seed < 60; seed++) {
            MarkovModel model = MarkovModel.random(9, seed);
            exact += new HybridSampler(model, new Greedy(), 3, new Judged(0), 40, Set.of())
                    .fill(fill(Canvas.of(1), 1))
                    .forwardPasses();
            typical += typical(model, 0, 3, epsilon, 40)
                    .fill(fill(Canvas.of(1), 1))
                    .forwardPasses();
        }
        assertThat(typical).isLessThanOrEqualTo(exact);
    }

    @Test
    void a_draft_that_is_not_typical_is_replaced_by_the_models_own_token() {
        Canvas canvas = Canvas.of(1);
        Filled filled = typical(misled(), 0, 4, 0.3, 20).fill(fill(canvas, 1));
        assertThat(canvas.ids(new Span(1, 7))).containsExactly(2, 3, 4, 5, 6, 7);
        assertThat(filled.forwardPasses()).isEqualTo(20);
    }

    /** Counts upwards, surely, and drafts token 0, as surely. */
    private static HybridDenoiser misled() {
        HybridDenoiser right = counting(40);
        return (canvas, drafted, draftLength) -> {
            Tensor wrong = Tensor.zeros(drafted + 1, draftLength, 32);
            return new HybridDenoiser.Pass(
                    right.pass(canvas, drafted, 0).causal(), HybridDenoiser.Drafts.independent(wrong));
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_same_seed_gives_the_same_typical_text(long seed) {
        int[] first = sampled(seed);
        assertThat(sampled(seed)).isEqualTo(first);
        assertThat(sampled(seed + 10)).isNotEqualTo(first);
    }

    private static int[] sampled(long seed) {
        Canvas canvas = Canvas.of(1);
        typical(MarkovModel.random(9, 3), 1, 3, 0.2, 30).fill(fill(canvas, seed));
        return canvas.ids(canvas.span());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void typical_text_keeps_its_limit_and_ends_at_a_stop_token(int draftLength) {
        for (int max = 0; max < 9; max++) {
            Canvas canvas = Canvas.of(1);
            Filled filled = new HybridSampler(
                            counting(40),
                            new Greedy(),
                            draftLength,
                            new Judged(new Judgement.Typical(0.1), 0),
                            max,
                            Set.of(7))
                    .fill(fill(canvas, 1));
            assertThat(filled.tokens()).isEqualTo(Math.min(max, 6));
            assertThat(filled.finish()).isEqualTo(max < 6 ? Filled.Finish.LENGTH : Filled.Finish.STOP);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.1, Double.NaN})
    void an_epsilon_that_is_no_share_is_refused(double epsilon) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Judgement.Typical(epsilon))
                .withMessageContaining("above 0 and below 1; got " + epsilon);
    }

    private static HybridSampler typical(
            HybridDenoiser denoiser, double temperature, int draftLength, double epsilon, int max) {
        return new HybridSampler(
                denoiser,
                TokenChoice.of(temperature, 1),
                draftLength,
                new Judged(new Judgement.Typical(epsilon), 0),
                max,
                Set.of());
    }

    @Test
    void drafts_below_the_confidence_are_not_made() {
        HybridDenoiser unsure = counting(0.1);
        Canvas canvas = Canvas.of(1);
        List<CanvasFrame> frames = new ArrayList<>();
        new HybridSampler(unsure, new Greedy(), 4, new Judged(0.2), 6, Set.of())
                .fill(new Fill(canvas, Seed.of(1), frames::add));
        assertThat(frames)
                .allSatisfy(f -> assertThat(f.count(State.PROVISIONAL)).isZero());
        assertThat(frames).hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void a_stop_token_ends_the_text_wherever_it_falls_in_a_draft(int draftLength) {
        Canvas canvas = Canvas.of(1);
        Filled filled = new HybridSampler(counting(40), new Greedy(), draftLength, new Judged(0), 20, Set.of(7))
                .fill(fill(canvas, 1));
        assertThat(canvas.ids(new Span(1, canvas.length()))).containsExactly(2, 3, 4, 5, 6, 7);
        assertThat(filled.finish()).isEqualTo(Filled.Finish.STOP);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 8})
    void the_text_has_at_most_the_tokens_asked_for(int draftLength) {
        for (int max = 0; max < 9; max++) {
            Canvas canvas = Canvas.of(1);
            List<CanvasFrame> frames = new ArrayList<>();
            Filled filled = new HybridSampler(counting(40), new Greedy(), draftLength, new Judged(0), max, Set.of())
                    .fill(new Fill(canvas, Seed.of(1), frames::add));
            assertThat(filled.tokens()).isEqualTo(max);
            assertThat(canvas.length()).isEqualTo(max + 1);
            int limit = max + 1;
            assertThat(frames).allSatisfy(f -> assertThat(f.cells().size()).isLessThanOrEqualTo(limit));
        }
    }

    @Test
    void frames_never_lose_committed_tokens() {
        MarkovModel model = MarkovModel.random(5, 2);
        List<CanvasFrame> frames = new ArrayList<>();
        new HybridSampler(model, new Sampling(1), 3, new Judged(0), 30, Set.of())
                .fill(new Fill(Canvas.of(1, 2), Seed.of(9), frames::add));
        for (int i = 1; i < frames.size(); i++) {
            assertThat(frames.get(i).count(State.COMMITTED))
                    .isGreaterThan(frames.get(i - 1).count(State.COMMITTED));
            assertThat(frames.get(i).count(State.PINNED)).isEqualTo(2);
        }
    }

    @Test
    void a_canvas_with_hidden_positions_is_refused() {
        HybridSampler sampler = new HybridSampler(counting(1), new Greedy(), 1, new Judged(0), 1, Set.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sampler.fill(fill(Canvas.of(1).extend(1), 1)))
                .withMessageContaining("position 1 of 2");
    }

    private static Fill fill(Canvas canvas, long seed) {
        return new Fill(canvas, Seed.of(seed), frame -> {});
    }

    /** {@code model} with drafts that depend on the token before as its own next token does. */
    private static HybridDenoiser coherent(MarkovModel model) {
        return (canvas, drafted, draftLength) ->
                new HybridDenoiser.Pass(model.pass(canvas, drafted, 0).causal(), new HybridDenoiser.Drafts() {
                    @Override
                    public int length() {
                        return draftLength;
                    }

                    @Override
                    public Tensor logits(int accepted, int i, int previous) {
                        return model.pass(Canvas.of(previous), 0, 0).causal();
                    }
                });
    }

    /** Counts upwards, and drafts the right numbers with logit {@code draftLogit}. */
    private static HybridDenoiser counting(double draftLogit) {
        int v = 32;
        return (canvas, drafted, draftLength) -> {
            float[] causal = new float[(drafted + 1) * v];
            float[] drafts = new float[(drafted + 1) * draftLength * v];
            for (int n = 0; n <= drafted; n++) {
                int last = canvas.id(canvas.settledPrefix() + n - 1);
                causal[n * v + last + 1] = 40;
                for (int i = 0; i < draftLength; i++) {
                    drafts[(n * draftLength + i) * v + last + 2 + i] = (float) draftLogit;
                }
            }
            return new HybridDenoiser.Pass(
                    Tensor.of(causal, drafted + 1, v),
                    HybridDenoiser.Drafts.independent(Tensor.of(drafts, drafted + 1, draftLength, v)));
        };
    }
}
