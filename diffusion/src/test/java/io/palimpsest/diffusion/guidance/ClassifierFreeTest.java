package io.palimpsest.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassifierFreeTest {

    /** Answers every position with the sum of the visible ids, for token 1, and notes which canvases it sees. */
    private static final class Summing implements Denoiser {

        private final List<Canvas> seen = new ArrayList<>();
        private final List<Canvas> released = new ArrayList<>();

        @Override
        public List<Tensor> logits(List<View> views) {
            return views.stream().map(this::sum).toList();
        }

        private Tensor sum(View view) {
            seen.add(view.canvas());
            int sum = Arrays.stream(view.canvas().ids(view.canvas().span()))
                    .filter(id -> id != Canvas.NO_TOKEN)
                    .sum();
            return Tensor.of(new float[] {0, sum}, 1, 2).expand(view.span().length(), 2);
        }

        @Override
        public void release(Canvas canvas) {
            released.add(canvas);
        }
    }

    @Test
    void the_answer_moves_away_from_what_is_said_without_the_prompt() {
        Canvas canvas = Canvas.of(10, 20).extend(2);
        canvas.commit(2, 3, 1);
        try (Scope memory = Scope.inference()) {
            Tensor logits = new ClassifierFree(new Summing(), 1.5).logits(canvas, new Span(3, 4));
            assertThat(logits.toFloats()).containsExactly(0, 3 + 2.5f * (33 - 3));
        }
    }

    @Test
    void a_canvas_keeps_its_twin_while_it_changes_and_both_are_released() {
        Summing model = new Summing();
        ClassifierFree guided = new ClassifierFree(model, 1);
        Canvas canvas = Canvas.of(10).extend(2);
        try (Scope memory = Scope.inference()) {
            Tensor before = guided.logits(canvas, new Span(1, 3));
            canvas.commit(1, 4, 1);
            canvas.extend(1);
            Tensor after = guided.logits(canvas, new Span(2, 4));
            canvas.hide(1);
            canvas.truncate(3);
            Tensor again = guided.logits(canvas, new Span(1, 3));
            assertThat(again.toFloats()).isEqualTo(before.toFloats()).isNotEqualTo(after.toFloats());
        }
        assertThat(model.seen).hasSize(6).containsOnly(canvas, model.seen.get(1));
        guided.release(canvas);
        assertThat(model.released).containsExactly(canvas, model.seen.get(1));
    }

    @Test
    void a_negative_scale_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassifierFree(new Summing(), -1))
                .withMessageContaining("at least 0; got -1.0");
    }
}
