package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainStreamTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PlainStream stream = new PlainStream(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private static Piece committed(String text) {
        return new Piece(text, State.COMMITTED);
    }

    @Test
    void settled_words_are_printed_as_they_come() {
        stream.show(List.of(committed("Once upon"), Piece.hidden(3)));
        assertThat(output()).isEqualTo("Once");
        stream.show(List.of(committed("Once upon a time"), Piece.hidden(1)));
        assertThat(output()).isEqualTo("Once upon a");
    }

    @Test
    void nothing_after_an_unsettled_position_is_printed() {
        stream.show(List.of(new Piece("Once upon", State.PROVISIONAL), committed(" a time there was")));
        assertThat(output()).isEmpty();
    }

    @Test
    void the_output_is_the_text_and_a_line_break() {
        stream.show(List.of(committed("Once upon a time\n\n")));
        stream.finish("Once upon a time");
        assertThat(output()).isEqualTo("Once upon a time\n");
    }

    @Test
    void a_text_that_was_taken_back_is_printed_whole() {
        stream.show(List.of(committed("Once upon a")));
        stream.finish("Twice upon a time");
        assertThat(output()).endsWith("\nTwice upon a time\n");
    }

    @Test
    void no_escape_sequence_reaches_a_pipe() {
        stream.show(List.of(committed("Once "), Piece.hidden(1)));
        stream.finish("Once more");
        assertThat(output()).isEqualTo("Once more\n");
    }
}
