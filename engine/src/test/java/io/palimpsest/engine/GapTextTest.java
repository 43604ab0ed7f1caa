package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GapTextTest {

    @Test
    void brackets_with_digits_or_nothing_are_gaps_and_others_are_text() {
        GapText text = GapText.parse("[[2]]a [[]][[link]] b[[10]]");
        assertThat(text.pieces()).containsExactly("", "a ", "[[link]] b", "");
        assertThat(text.lengths()).containsExactly(OptionalInt.of(2), OptionalInt.empty(), OptionalInt.of(10));
    }

    @Test
    void a_space_before_a_gap_is_not_doubled() {
        GapText text = GapText.parse("is [[1]], not[[1]].");
        assertThat(text.with(List.of(" Paris", " Rome"))).isEqualTo("is Paris, not Rome.");
        assertThat(text.with(List.of("X", "Y"))).isEqualTo("is X, notY.");
        assertThat(text.encoded(0)).isEqualTo("is");
    }

    @Test
    void a_gap_of_no_or_too_many_tokens_is_refused() {
        assertThatThrownBy(() -> GapText.parse("a [[0]]")).hasMessageContaining("[[0]]");
        assertThatThrownBy(() -> GapText.parse("a [[99999999999]]")).hasMessageContaining("between 1 and 4096");
    }
}
