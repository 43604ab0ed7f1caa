package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DaedalTest {

    private static final int END = 3;

    /** A text of {@code wanted} tokens, then ends only; as sure of each as {@code sureness} says in logits. */
    private static Denoiser ofLength(int wanted, double sureness) {
        return views -> views.stream()
                .map(view -> {
                    float[] logits = new float[4 * view.span().length()];
                    for (int i = 0; i < view.span().length(); i++) {
                        int position = view.span().start() + i;
                        logits[4 * i + (position < wanted ? position % 3 : END)] = (float) sureness;
                    }
                    return Tensor.of(logits, view.span().length(), 4);
                })
                .toList();
    }

    private static List<CanvasFrame> frames(Denoiser model, int begin, int room) {
        List<CanvasFrame> frames = new ArrayList<>();
        Daedal policy = new Daedal(Set.of(END), room, 8, 0.9);
        Canvas canvas = Canvas.of(0).extend(begin);
        new Sampler(model, Blocks.whole(), new TokenChoice.Greedy(), policy, policy)
                .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)));
        return frames;
    }

    /** 16 of the 32 positions looked at must predict an end: the text's tokens and 16 more, rounded up to eights. */
    @ParameterizedTest
    @CsvSource({"8, 5, 24", "8, 20, 40", "64, 20, 64"})
    void a_canvas_grows_until_the_text_ends_in_it(int begin, int wanted, int expected) {
        List<CanvasFrame> frames = frames(ofLength(wanted, 20), begin, 200);
        CanvasFrame whole = frames.stream()
                .filter(frame -> frame.count(State.PROVISIONAL) > 0)
                .findFirst()
                .orElseThrow();
        assertThat(whole.cells()).hasSize(1 + expected);
        assertThat(frames.stream().limit(frames.indexOf(whole)))
                .allMatch(frame -> frame.count(State.HIDDEN) == frame.cells().size() - 1);
    }

    @Test
    void room_is_a_limit_and_everything_is_written_all_the_same() {
        List<CanvasFrame> frames = frames(ofLength(1000, 20), 8, 21);
        CanvasFrame last = frames.get(frames.size() - 1);
        assertThat(last.cells()).hasSize(1 + 8 + 21);
        assertThat(last.count(State.HIDDEN)).isZero();
    }

    @Test
    void the_least_sure_position_becomes_several_where_the_end_is_not_in_sight() {
        Denoiser unsure = views -> views.stream()
                .map(view -> {
                    int vocabulary = 40;
                    float[] logits = new float[vocabulary * view.span().length()];
                    for (int i = 0; i < view.span().length(); i++) {
                        int position = view.span().start() + i;
                        logits[vocabulary * i] = position == 3 ? 0 : 9;
                    }
                    return Tensor.of(logits, view.span().length(), vocabulary);
                })
                .toList();
        Daedal policy = new Daedal(Set.of(END), 30, 8, 0.9);
        Canvas canvas = Canvas.of(0).extend(8);
        canvas.draft(1, 0, 1); // the text is begun: how long it is at first is decided
        List<CanvasFrame> frames = new ArrayList<>();
        new Sampler(unsure, Blocks.whole(), new TokenChoice.Greedy(), policy, policy)
                .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)));
        assertThat(frames.get(0).cells()).hasSize(9);
        assertThat(frames.get(frames.size() - 1).cells().size()).isGreaterThan(9 + 6);
    }

    @Test
    void a_text_that_ends_for_sure_is_not_made_longer() {
        List<CanvasFrame> frames = frames(ofLength(4, 20), 64, 200);
        assertThat(frames.get(frames.size() - 1).cells()).hasSize(65);
    }
}
