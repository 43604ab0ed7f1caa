package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpanExamplesTest {

    private static final int LENGTH = 10;
    private static final int PARSED = 7;
    private static final Map<Span, Integer> CONSTITUENTS = Map.of(new Span(1, 3), 4, new Span(3, 8), 2);

    /** 7 is a token here; the constituents stand behind 10 tokens, the first of them twice with two labels. */
    private static Example text(boolean isParsed) {
        int[] row = new int[LENGTH + 4 * SpanExamples.NUMBERS];
        row[0] = PARSED;
        if (isParsed) {
            System.arraycopy(new int[] {1, 3, 4, 1, 3, 5, 3, 8, 2}, 0, row, LENGTH, 9);
        }
        return new Example(row, 1);
    }

    private static SpanExamples draw(long seed, Example... batch) {
        return SpanExamples.draw(List.of(batch), LENGTH, LENGTH, Seed.of(seed));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_span_has_the_label_of_its_outermost_constituent_and_0_where_it_is_none(long seed) {
        SpanExamples drawn = draw(seed, text(true));
        List<Span> spans = drawn.spans().get(0);
        assertThat(spans).hasSameSizeAs(drawn.labels());
        for (int i = 0; i < spans.size(); i++) {
            assertThat(drawn.labels()[i]).isEqualTo(CONSTITUENTS.getOrDefault(spans.get(i), 0));
        }
        assertThat(spans.stream().filter(CONSTITUENTS::containsKey).count()).isGreaterThanOrEqualTo(8);
        assertThat(drawn.labels()).contains(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void no_span_is_empty_begins_before_the_first_word_or_ends_behind_the_last_position(long seed) {
        for (Span span : draw(seed, text(true)).spans().get(0)) {
            assertThat(span.start()).isBetween(1, span.end() - 1);
            assertThat(span.end()).isLessThanOrEqualTo(LENGTH);
        }
    }

    @Test
    void texts_that_nobody_parsed_are_passed_over() {
        SpanExamples drawn = draw(1, text(false), text(true), text(false), text(true));
        assertThat(drawn.texts()).containsExactly(1, 3);
        assertThat(drawn.spans()).hasSize(2);
        assertThat(draw(1, text(false)).spans()).isEmpty();
    }
}
