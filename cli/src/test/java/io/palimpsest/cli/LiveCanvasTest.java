package io.palimpsest.cli;

import static io.palimpsest.diffusion.canvas.State.COMMITTED;
import static io.palimpsest.diffusion.canvas.State.PINNED;
import static io.palimpsest.diffusion.canvas.State.PROVISIONAL;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LiveCanvasTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private LiveCanvas canvas(int columns, int rows, boolean colour) {
        return new LiveCanvas(new PrintStream(bytes, true, StandardCharsets.UTF_8), new Screen(columns, rows, colour));
    }

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private VirtualTerminal terminal(int columns, int rows) {
        VirtualTerminal terminal = new VirtualTerminal(columns, rows);
        terminal.write(output());
        return terminal;
    }

    private static Piece committed(String text) {
        return new Piece(text, COMMITTED);
    }

    @Test
    void hidden_positions_are_visible_as_shades() {
        canvas(40, 10, true).show(List.of(committed("Once"), Piece.hidden(2)));
        assertThat(terminal(40, 10).text()).isEqualTo("Once ░░░ ░░░\n");
    }

    @Test
    void drafts_are_dim_and_settled_text_is_plain() {
        canvas(40, 10, true).show(List.of(committed("Once"), new Piece(" upon", PROVISIONAL), committed(" a")));
        assertThat(output()).contains("Once\033[2m upon\033[0m a");
    }

    @Test
    void nothing_is_coloured_where_that_is_not_wanted() {
        LiveCanvas canvas = canvas(40, 10, false);
        canvas.show(List.of(committed("Once"), new Piece(" upon", PROVISIONAL)));
        canvas.finish("Once upon");
        assertThat(output()).doesNotContain("m");
    }

    @Test
    void a_step_replaces_the_step_before() {
        LiveCanvas canvas = canvas(40, 10, true);
        canvas.show(List.of(Piece.hidden(3)));
        canvas.show(List.of(committed("a much longer line of text than before"), committed(" that wraps")));
        canvas.show(List.of(committed("short")));
        assertThat(terminal(40, 10).text()).isEqualTo("short\n");
    }

    @Test
    void rows_that_did_not_change_are_not_drawn_again() {
        LiveCanvas canvas = canvas(20, 10, true);
        canvas.show(List.of(committed("the first row\n"), Piece.hidden(1)));
        canvas.show(List.of(committed("the first row\nthe second")));
        assertThat(output().split("the first row", -1)).hasSize(2);
    }

    @Test
    void the_cursor_is_hidden_while_drawing_and_comes_back() {
        LiveCanvas canvas = canvas(40, 10, true);
        canvas.show(List.of(Piece.hidden(1)));
        assertThat(terminal(40, 10).cursorVisible()).isFalse();
        canvas.close();
        assertThat(terminal(40, 10).cursorVisible()).isTrue();
    }

    @Test
    void escape_sequences_in_the_text_are_not_obeyed() {
        canvas(40, 10, true).finish("safe \033[2J\007 text");
        assertThat(output()).contains("safe \uFFFD[2J\uFFFD text");
    }

    @Test
    void wide_characters_count_twice() {
        canvas(12, 10, true).finish("日本語日本語日本語");
        assertThat(terminal(12, 10).text()).isEqualTo("日本語日本\n語日本語\n");
    }

    @Test
    void a_canvas_taller_than_the_screen_leaves_no_shades_behind() {
        LiveCanvas canvas = canvas(20, 5, true);
        canvas.show(List.of(Piece.hidden(60)));
        String text = "word ".repeat(59) + "word";
        canvas.finish(text);
        assertThat(terminal(20, 5).text().replace('\n', ' ').replace("  ", " ").strip())
                .isEqualTo(text);
    }

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatever_the_steps_the_finished_text_is_all_that_stays(long seed) {
        Random random = new Random(seed);
        int columns = 10 + random.nextInt(30);
        int rows = 2 + random.nextInt(10);
        List<String> words = words(random);
        LiveCanvas canvas = canvas(columns, rows, random.nextBoolean());
        int settled = 0;
        while (settled < words.size()) {
            canvas.show(frame(words, settled, random));
            settled += random.nextInt(6);
        }
        canvas.finish(String.join("", words));

        VirtualTerminal terminal = terminal(columns, rows);
        assertThat(terminal.text()).isEqualTo(expected(String.join("", words), columns));
        assertThat(terminal.cursorVisible()).isTrue();
        assertThat(terminal.dim()).isFalse();
    }

    private static List<String> words(Random random) {
        List<String> words = new ArrayList<>();
        for (int i = random.nextInt(120); i >= 0; i--) {
            String word = (random.nextInt(5) == 0 ? "" : " ") + "abcdefghijklm".substring(random.nextInt(13));
            words.add(random.nextInt(15) == 0 ? word + "\n" : word);
        }
        return words;
    }

    private static List<Piece> frame(List<String> words, int settled, Random random) {
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            boolean pinned = random.nextInt(20) == 0;
            if (i < settled) {
                pieces.add(new Piece(words.get(i), pinned ? PINNED : COMMITTED));
            } else {
                pieces.add(random.nextBoolean() ? Piece.hidden(1) : new Piece(words.get(i), PROVISIONAL));
            }
        }
        return pieces;
    }

    private static String expected(String text, int columns) {
        StringBuilder expected = new StringBuilder();
        TextLayout.rows(List.of(committed(text)), columns - 1)
                .forEach(row -> expected.append(row.text()).append('\n'));
        return expected.toString();
    }
}
