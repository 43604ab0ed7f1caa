package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpandAndDeleteTest {

    private static final int EXPAND = 3;
    private static final int DELETE = 4;

    /** Knows how long the gap before the token 1 should be, writes 2 in it, and is surest of the first position. */
    private static Denoiser ofLength(int wanted) {
        return views -> views.stream().map(view -> logits(view, wanted)).toList();
    }

    private static Tensor logits(Denoiser.View view, int wanted) {
        Canvas canvas = view.canvas();
        int gap = canvas.length() - canvas.in(canvas.span(), State.PINNED).length;
        int best = gap < wanted ? EXPAND : gap > wanted ? DELETE : 2;
        float[] logits = new float[5 * view.span().length()];
        for (int i = 0; i < view.span().length(); i++) {
            boolean last =
                    view.span().start() + i == canvas.hidden(canvas.span())[canvas.hidden(canvas.span()).length - 1];
            logits[5 * i + best] = best == DELETE && !last ? 3 : 9; // what is behind a deleted position goes, too
        }
        return Tensor.of(logits, view.span().length(), 5);
    }

    private static Canvas filled(Denoiser model, int length, int room) {
        Canvas canvas = Canvas.of(0, 1).extend(length).pin(1, 0);
        ExpandAndDelete lengths = new ExpandAndDelete(model, EXPAND, DELETE, room);
        Unmasking surest = new Unmasking.Scheduled(Quota.fixed(1), Confidence.negativeEntropy());
        new Sampler(lengths, Blocks.whole(), new TokenChoice.Greedy(), surest, lengths).fill(canvas, Seed.of(1));
        return canvas;
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "4, 9", "1, 8", "4, 2", "7, 1"})
    void a_gap_becomes_as_long_as_the_model_wants(int length, int wanted) {
        Canvas canvas = filled(ofLength(wanted), length, 20);
        assertThat(Arrays.stream(canvas.ids(canvas.span()))
                        .filter(id -> id == 2)
                        .count())
                .isEqualTo(wanted);
        assertThat(canvas.length()).isEqualTo(wanted + 4);
    }

    @Test
    void room_is_a_limit() {
        assertThat(filled(ofLength(50), 4, 3).length()).isEqualTo(4 + 4 + 3);
        assertThat(filled(ofLength(50), 4, 0).ids(new Span(2, 6))).doesNotContain(EXPAND);
    }

    @Test
    void what_stands_behind_a_deleted_position_in_its_gap_goes_with_it_and_other_gaps_stay() {
        Denoiser model = views -> views.stream()
                .map(view -> {
                    float[] logits = new float[5 * view.span().length()];
                    for (int i = 0; i < view.span().length(); i++) {
                        boolean second = view.span().start() + i == 3;
                        logits[5 * i + (second && view.canvas().length() == 10 ? DELETE : 2)] = second ? 9 : 5;
                    }
                    return Tensor.of(logits, view.span().length(), 5);
                })
                .toList();
        Canvas canvas = Canvas.of(0, 1).extend(4).pin(1).extend(2).pin(0);
        ExpandAndDelete lengths = new ExpandAndDelete(model, EXPAND, DELETE, 5);
        Unmasking surest = new Unmasking.Scheduled(Quota.fixed(1), Confidence.negativeEntropy());
        new Sampler(lengths, Blocks.whole(), new TokenChoice.Greedy(), surest, lengths).fill(canvas, Seed.of(1));
        assertThat(canvas.ids(canvas.span())).containsExactly(0, 1, 2, 1, 2, 2, 0);
    }

    /** A model that always wants to expand and then to delete comes to an end. */
    @Test
    void a_budget_ends_what_has_no_end() {
        Denoiser model = views -> views.stream()
                .map(view -> {
                    float[] logits = new float[5 * view.span().length()];
                    boolean even = view.canvas().length() % 2 == 0;
                    for (int i = 0; i < view.span().length(); i++) {
                        logits[5 * i + (even ? EXPAND : DELETE)] = i;
                    }
                    return Tensor.of(logits, view.span().length(), 5);
                })
                .toList();
        Canvas canvas = filled(model, 4, 6);
        assertThat(canvas.settledPrefix()).isEqualTo(canvas.length());
        assertThat(canvas.length()).isLessThanOrEqualTo(4 + 4 + 6);
    }
}
