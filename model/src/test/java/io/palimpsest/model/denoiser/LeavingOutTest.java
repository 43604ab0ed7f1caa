package io.palimpsest.model.denoiser;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LeavingOutTest {

    private static final int MASK = 6;
    private static final int VOCABULARY = 7;

    /** One layer whose rows are means of what they see: a token's weight in a row is that of its place. */
    private static Tensor network(Tensor ids, int[] positions, Attend attend) { // (1, T) -> (1, T, V)
        int[] tokens = ids.toInts();
        int length = tokens.length;
        float[] values = new float[length * VOCABULARY];
        float[] keys = new float[length * VOCABULARY];
        float[] queries = new float[length * VOCABULARY];
        IntStream.range(0, length).forEach(i -> {
            values[i * VOCABULARY + tokens[i]] = 1;
            keys[i * VOCABULARY] = positions[i] * 0.1f;
            queries[i * VOCABULARY] = 1 + positions[i] * 0.05f;
        });
        return attend.apply(0, heads(queries), heads(keys), heads(values)).select(0, 0);
    }

    private static Tensor heads(float[] rows) {
        return Tensor.of(rows, 1, 1, rows.length / VOCABULARY, VOCABULARY);
    }

    private static Canvas canvas() {
        Canvas canvas = Canvas.of(0, 1, 2).extend(6);
        canvas.commit(3, 3, 1);
        canvas.draft(5, 4, 1);
        return canvas;
    }

    /** In one layer nothing of a token reaches its own shadow, so a single shadow is the token hidden. */
    @Test
    void the_only_token_of_a_block_is_predicted_as_if_it_were_hidden() {
        CanvasNetwork network = LeavingOutTest::network;
        Canvas hidden = canvas();
        hidden.hide(5);
        try (Scope memory = Scope.inference()) {
            CanvasDenoiser denoiser = new CanvasDenoiser(network, MASK, 0);
            Span span = new Span(5, 6);
            assertThat(denoiser.leavingOut().logits(canvas(), span).toFloats())
                    .containsExactly(denoiser.logits(hidden, span).toFloats(), Offset.offset(1e-5f));
        }
    }

    @Test
    void a_shadow_does_not_depend_on_its_token_and_all_others_are_seen() {
        try (Scope memory = Scope.inference()) {
            Denoiser shadow = new CanvasDenoiser(LeavingOutTest::network, MASK, 0).leavingOut();
            float[] before = shadow.logits(canvas(), new Span(3, 9)).toFloats();
            Canvas other = canvas();
            other.draft(5, 2, 1);
            float[] after = shadow.logits(other, new Span(3, 9)).toFloats();
            for (int position = 3; position < 9; position++) {
                float[] was = row(before, position - 3);
                if (position == 5) {
                    assertThat(row(after, position - 3)).containsExactly(was, Offset.offset(1e-6f));
                } else {
                    assertThat(row(after, position - 3)).isNotEqualTo(was);
                }
            }
        }
    }

    @Test
    void hidden_positions_are_predicted_as_ever() {
        try (Scope memory = Scope.inference()) {
            CanvasDenoiser denoiser = new CanvasDenoiser(LeavingOutTest::network, MASK, 0);
            float[] shadowed =
                    denoiser.leavingOut().logits(canvas(), new Span(3, 9)).toFloats();
            float[] plain = denoiser.logits(canvas(), new Span(3, 9)).toFloats();
            for (int position : new int[] {4, 6, 7, 8}) {
                assertThat(row(shadowed, position - 3)).containsExactly(row(plain, position - 3), Offset.offset(1e-6f));
            }
        }
    }

    /** Where rows are shifted or blocks causal, each token is left out by a pass of its own. */
    @Test
    void without_shadows_each_token_has_a_canvas_of_its_own() {
        CanvasDenoiser denoiser = new CanvasDenoiser(LeavingOutTest::network, MASK, 1, OptionalInt.of(4), 0);
        Canvas hidden = canvas();
        hidden.hide(5);
        try (Scope memory = Scope.inference()) {
            float[] own = denoiser.leavingOut().logits(canvas(), new Span(4, 8)).toFloats();
            assertThat(row(own, 1))
                    .containsExactly(denoiser.logits(hidden, new Span(5, 6)).toFloats());
            assertThat(row(own, 0))
                    .containsExactly(denoiser.logits(canvas(), new Span(4, 5)).toFloats());
        }
    }

    private static float[] row(float[] logits, int row) {
        return Arrays.copyOfRange(logits, row * VOCABULARY, (row + 1) * VOCABULARY);
    }
}
