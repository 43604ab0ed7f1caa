package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.denoiser.Within;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskGitTest {

    private static final int POSITIONS = 40;

    private static List<CanvasFrame> frames(double temperature, long seed, Canvas canvas) {
        Sampler sampler = new Sampler(
                new Within(MarkovModel.random(9, 4), 3, 5),
                Blocks.whole(),
                new TokenChoice.Greedy(),
                new MaskGit(6, temperature, MaskGit::cosine, Draws.ofSeed()));
        List<CanvasFrame> frames = new ArrayList<>();
        sampler.fill(List.of(new Fill(canvas, Seed.of(seed), frames::add)));
        return frames;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 4.5})
    void what_stays_hidden_follows_the_schedule_and_nothing_stays_after_the_last_step(double temperature) {
        List<CanvasFrame> frames = frames(temperature, 1, Canvas.of(4).extend(POSITIONS));
        assertThat(frames).hasSize(7);
        for (int step = 0; step < 6; step++) {
            long hidden = frames.get(step).cells().stream()
                    .filter(cell -> cell.id() == Canvas.NO_TOKEN)
                    .count();
            assertThat(hidden).isEqualTo((long) Math.floor(POSITIONS * Math.cos(Math.PI / 2 * step / 6)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void a_canvas_with_fewer_gaps_than_steps_is_filled_too(int gaps) {
        Canvas canvas = Canvas.of(4).extend(gaps);
        frames(1, 1, canvas);
        assertThat(canvas.hidden(canvas.span())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void only_tokens_of_the_part_are_written(double temperature) {
        Canvas canvas = Canvas.of(4).extend(POSITIONS);
        frames(temperature, 1, canvas);
        assertThat(Arrays.stream(canvas.ids(canvas.span())).boxed()).allMatch(id -> id >= 3 && id < 8);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void another_seed_gives_another_order_only_where_there_is_noise(double temperature) {
        List<CanvasFrame> one = frames(temperature, 1, Canvas.of(4).extend(POSITIONS));
        List<CanvasFrame> other = frames(temperature, 2, Canvas.of(4).extend(POSITIONS));
        assertThat(one.equals(other)).isEqualTo(temperature == 0);
    }
}
