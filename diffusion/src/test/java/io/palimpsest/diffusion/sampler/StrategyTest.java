package io.palimpsest.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every published strategy, over random canvases. */
class StrategyTest {

    private static final int VOCABULARY = 9;
    private static final int END = 6;
    private static final int EXPAND = 7;
    private static final int DELETE = 8;
    private static final int ROOM = 11;

    /** Every strategy with several canvases and settings. */
    static Stream<Arguments> strategies() {
        return Arrays.stream(Strategy.values())
                .flatMap(strategy -> IntStream.range(0, 6).mapToObj(seed -> Arguments.of(strategy, seed)));
    }

    private static Sampler sampler(Strategy strategy, int seed) {
        double temperature = seed % 2 == 0 ? 0 : 0.8;
        double topP = seed % 3 == 0 ? 1 : 0.9;
        int steps = 1 + seed;
        Strategy.Growth growth =
                new Strategy.Growth(ROOM, 4, Set.of(END), OptionalInt.of(EXPAND), OptionalInt.of(DELETE));
        boolean whole = strategy.isWhole();
        return strategy.sampler(new Strategy.Setting(
                MarkovModel.random(VOCABULARY, 40 + seed),
                whole ? Blocks.whole() : Blocks.of(3 + seed),
                4,
                steps,
                strategy.threshold().orElse(1),
                temperature,
                topP,
                growth));
    }

    /** Given and hidden stretches in turn, of any lengths, also none at the ends. */
    private static Canvas canvas(int seed) {
        Seed random = Seed.of(seed);
        Canvas canvas = Canvas.of();
        for (int stretch = 0; stretch < 3; stretch++) {
            for (int i = random.below(4); i > 0; i--) {
                canvas.pin(random.below(END));
            }
            canvas.extend(1 + random.below(7));
        }
        return canvas.pin(random.below(END));
    }

    private static int[] given(Canvas canvas) {
        return Arrays.stream(canvas.in(canvas.span(), State.PINNED))
                .map(canvas::id)
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void what_is_given_stays_and_all_else_is_settled(Strategy strategy, int seed) {
        Canvas canvas = canvas(seed);
        int[] given = given(canvas);
        int length = canvas.length();
        Filled filled = sampler(strategy, seed).fill(canvas, Seed.of(seed));
        assertThat(given(canvas)).containsExactly(given);
        assertThat(canvas.settledPrefix()).isEqualTo(canvas.length());
        assertThat(filled.tokens()).isEqualTo(canvas.length() - given.length);
        if (strategy.begins().isPresent()) {
            assertThat(canvas.length()).isBetween(given.length, length + ROOM);
        } else {
            assertThat(canvas.length()).isEqualTo(length);
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void the_same_seed_gives_the_same_frames_and_prompts_are_in_all_of_them(Strategy strategy, int seed) {
        List<CanvasFrame> frames = frames(sampler(strategy, seed), seed);
        assertThat(frames(sampler(strategy, seed), seed)).isEqualTo(frames);
        int[] given = given(canvas(seed));
        for (CanvasFrame frame : frames) {
            assertThat(frame.cells().stream()
                            .filter(cell -> cell.state() == State.PINNED)
                            .mapToInt(CanvasFrame.Cell::id)
                            .toArray())
                    .containsExactly(given);
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void a_row_gets_in_a_batch_what_it_gets_alone(Strategy strategy, int seed) {
        Sampler sampler = sampler(strategy, seed);
        List<List<CanvasFrame>> together = new ArrayList<>();
        List<Fill> fills = new ArrayList<>();
        for (int row = 0; row < 3; row++) {
            List<CanvasFrame> frames = new ArrayList<>();
            together.add(frames);
            fills.add(new Fill(canvas(seed + row), Seed.of(seed + row), frames::add));
        }
        sampler.fill(fills);
        for (int row = 0; row < 3; row++) {
            assertThat(together.get(row)).isEqualTo(frames(sampler, seed + row));
        }
    }

    private static List<CanvasFrame> frames(Sampler sampler, int seed) {
        List<CanvasFrame> frames = new ArrayList<>();
        sampler.fill(List.of(new Fill(canvas(seed), Seed.of(seed), frames::add)));
        return frames;
    }

    /** A model that is sure of all tokens gives each strategy one thing to write, whatever the order. */
    @ParameterizedTest
    @EnumSource(Strategy.class)
    void an_oracle_writes_its_answer(Strategy strategy) {
        int[] answer = {4, 1, 3, 0, 2, 5, 5, 1, 4, 6, 6, 6};
        Canvas canvas = Canvas.of().extend(answer.length);
        Strategy.Growth growth = new Strategy.Growth(0, 4, Set.of(6), OptionalInt.of(0), OptionalInt.of(5));
        if (strategy == Strategy.DREAMON) {
            return; // to it these tokens mean something else; see ExpandAndDeleteTest
        }
        strategy.sampler(new Strategy.Setting(
                        SamplerTest.oracle(answer),
                        strategy.isWhole() ? Blocks.whole() : Blocks.of(5),
                        4,
                        7,
                        strategy.threshold().orElse(1),
                        1,
                        1,
                        growth))
                .fill(canvas, Seed.of(1));
        assertThat(canvas.ids(canvas.span())).containsExactly(answer);
    }

    @Test
    void names_are_told_where_one_is_not_known() {
        assertThat(Strategy.of("low-confidence-dynamic")).isEqualTo(Strategy.LOW_CONFIDENCE_DYNAMIC);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Strategy.of("LLaDA"))
                .withMessageStartingWith("there is no strategy 'LLaDA'; there are low-confidence, random, dllm");
        assertThat(Strategy.values()).allMatch(strategy -> strategy.source().matches(".*(arXiv:|github|blog).*"));
    }

    @Test
    void lengths_are_changed_only_with_tokens_for_it() {
        Strategy.Setting none = new Strategy.Setting(
                MarkovModel.random(VOCABULARY, 1), Blocks.whole(), 1, 1, 1, 0, 1, Strategy.Growth.none());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Strategy.DREAMON.sampler(none))
                .withMessageContaining("tokens that expand and delete");
    }
}
