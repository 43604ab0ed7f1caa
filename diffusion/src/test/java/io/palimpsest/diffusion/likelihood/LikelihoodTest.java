package io.palimpsest.diffusion.likelihood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LikelihoodTest {

    private static final int[] TEXT = {2, 0, 1, 2};

    private final JointModel model = new JointModel(3, 4, 5);

    private static double sum(float[] nats) {
        double sum = 0;
        for (float nat : nats) {
            sum += nat;
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"0,1,2,3", "3,2,1,0", "2,0,3,1"})
    void a_consistent_model_gives_a_text_the_same_likelihood_in_any_order(int a, int b, int c, int d) {
        Canvas text = Canvas.of(TEXT);
        float[] nats = new AnyOrder(model).nats(text, text.span(), a, b, c, d);
        assertThat(sum(nats)).isCloseTo(model.nats(TEXT), Offset.offset(1e-4));
        assertThat(text.ids(text.span())).containsExactly(TEXT);
    }

    @Test
    void an_order_that_leaves_a_position_out_or_repeats_one_is_refused() {
        Canvas text = Canvas.of(TEXT);
        AnyOrder scorer = new AnyOrder(model);
        assertThatIllegalArgumentException().isThrownBy(() -> scorer.nats(text, text.span(), 0, 1, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> scorer.nats(text, text.span(), 0, 1, 1, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> scorer.nats(text, text.span(), 0, 1, 2, 4));
    }

    /** For a model whose answers are exact the bound is an equality (arXiv:2406.07524, section 3.1). */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void the_bound_of_a_perfect_model_is_its_likelihood(int block) {
        LikelihoodBound bound = new LikelihoodBound(model, 4000);
        assertThat(sum(bound.nats(new int[0], TEXT, block, Seed.of(3))))
                .isCloseTo(model.nats(TEXT), Offset.offset(0.06));
    }

    @Test
    void one_token_at_a_time_needs_one_draw_to_be_exact() {
        LikelihoodBound bound = new LikelihoodBound(model, 1);
        assertThat(sum(bound.nats(new int[0], TEXT, 1, Seed.of(3)))).isCloseTo(model.nats(TEXT), Offset.offset(1e-4));
    }

    @Test
    void a_seed_decides_the_estimate() {
        LikelihoodBound bound = new LikelihoodBound(model, 3);
        float[] one = bound.nats(new int[] {2}, new int[] {0, 1, 2}, Seed.of(3));
        assertThat(bound.nats(new int[] {2}, new int[] {0, 1, 2}, Seed.of(3))).containsExactly(one);
        assertThat(bound.nats(new int[] {2}, new int[] {0, 1, 2}, Seed.of(4))).isNotEqualTo(one);
    }

    @Test
    void visible_tokens_are_certain_and_the_mask_is_impossible() {
        try (Scope memory = Scope.inference()) {
            int mask = 4;
            Tensor ids = Tensor.ids(new int[] {1, mask}, 1, 2);
            Tensor p = Substitution.logProbabilities(Tensor.randn(Seed.of(1), 1, 2, 5), ids, mask)
                    .exp();
            assertThat(p.toFloats())
                    .startsWith(0, 1, 0, 0, 0)
                    .endsWith(0)
                    .satisfies(
                            all -> assertThat(all[5] + all[6] + all[7] + all[8]).isCloseTo(1, Offset.offset(1e-5f)));
        }
    }
}
