package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Seed;
import org.junit.jupiter.api.Test;

class TokenEditingTest {

    private final MarkovModel model = MarkovModel.random(7, 11);

    private Filled fill(Canvas canvas, Remasking remasking) {
        return new Sampler(model, Blocks.of(4), new TokenChoice.Greedy(), Unmasking.threshold(0.3), remasking)
                .fill(canvas, Seed.of(1));
    }

    @Test
    void what_is_never_surer_than_certain_is_never_edited_but_each_block_is_read_once_more() {
        Canvas plain = Canvas.of(1).extend(12);
        Canvas read = Canvas.of(1).extend(12);
        Filled without = fill(plain, Remasking.none());
        Filled with = fill(read, new TokenEditing(1, 5));
        assertThat(read.ids(read.span())).containsExactly(plain.ids(plain.span()));
        assertThat(with.forwardPasses()).isEqualTo(without.forwardPasses() + 3);
    }

    @Test
    void no_readings_leave_the_number_of_passes_as_it_is() {
        assertThat(fill(Canvas.of(1).extend(12), new TokenEditing(1, 0)).forwardPasses())
                .isEqualTo(fill(Canvas.of(1).extend(12), Remasking.none()).forwardPasses());
    }

    /** A chain's likeliest next token depends on the token before only, so an edited text is the greedy one. */
    @Test
    void edited_text_agrees_with_what_the_model_says_of_it() {
        Canvas canvas = Canvas.of(1).extend(12);
        fill(canvas, new TokenEditing(0, 16));
        for (int i = 1; i < canvas.length(); i++) {
            int[] best = model.logits(canvas, new Span(i, i + 1)).argmax(-1).toInts();
            assertThat(canvas.id(i)).isEqualTo(best[0]);
        }
        assertThat(canvas.in(canvas.span(), State.PINNED)).containsExactly(0);
    }
}
