package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.cli.TextLayout.Row;
import io.palimpsest.diffusion.canvas.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextLayoutTest {

    private static List<String> rows(String text, int columns) {
        return TextLayout.rows(List.of(new Piece(text, State.COMMITTED)), columns).stream()
                .map(Row::text)
                .toList();
    }

    @Test
    void rows_break_between_words() {
        assertThat(rows("one two three", 8)).containsExactly("one two ", "three");
    }

    @Test
    void a_word_longer_than_a_row_is_cut() {
        assertThat(rows("a abcdefghij", 4)).containsExactly("a ", "abcd", "efgh", "ij");
    }

    @Test
    void line_breaks_and_empty_lines_are_kept() {
        assertThat(rows("one\n\ntwo\r\n", 20)).containsExactly("one", "", "two", "");
    }

    @Test
    void a_word_in_two_pieces_stays_together() {
        List<Row> rows =
                TextLayout.rows(List.of(new Piece("ab c", State.COMMITTED), new Piece("d", State.PROVISIONAL)), 4);
        assertThat(rows).extracting(Row::text).containsExactly("ab ", "cd");
    }

    @Test
    void a_mark_belongs_to_the_character_before() {
        assertThat(rows("e\u0301e\u0301e\u0301", 3)).containsExactly("e\u0301e\u0301e\u0301");
    }

    @Test
    void an_emoji_takes_two_columns() {
        assertThat(rows("\uD83D\uDE00\uD83D\uDE00", 3)).containsExactly("\uD83D\uDE00", "\uD83D\uDE00");
    }
}
