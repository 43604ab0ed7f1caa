package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What holds for every verb; {@code probe} stands for one that fails as it is told to. */
class MainTest {

    private final CapturedConsole console = new CapturedConsole();

    @Command(name = "probe")
    private static final class Probe implements Callable<Integer> {
        @Mixin
        private CommonOptions common;

        private final Callable<Integer> body;

        Probe(Callable<Integer> body) {
            this.body = body;
        }

        @Override
        public Integer call() throws Exception {
            assertThat(common.precision()).isNotNull();
            return body.call();
        }
    }

    private int probe(Callable<Integer> body, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "probe";
        System.arraycopy(options, 0, arguments, 1, options.length);
        CommandLine probe = new CommandLine(new Probe(body));
        Console shown = console.reading("");
        return Main.execute(Main.configured(Main.commandLine(shown).addSubcommand(probe), shown), arguments);
    }

    private static Callable<Integer> failing(RuntimeException failure) {
        return () -> {
            throw failure;
        };
    }

    @Test
    void no_command_is_wrong_usage() {
        assertThat(console.run()).isEqualTo(2);
        assertThat(console.errors()).startsWith("palimpsest: no command given.");
    }

    @Test
    void an_unknown_command_is_wrong_usage() {
        assertThat(console.run("frobnicate")).isEqualTo(2);
        assertThat(console.errors()).contains("frobnicate").contains("Did you mean");
    }

    @Test
    void an_option_out_of_range_is_refused_in_the_words_of_its_own_check() {
        assertThat(console.run("generate", "--max-tokens", "-3", "hi")).isEqualTo(2);
        assertThat(console.errors()).startsWith("palimpsest: max tokens must be at least 1; got -3");
    }

    @Test
    void the_version_is_one_line_on_standard_output() {
        assertThat(console.run("--version")).isEqualTo(0);
        assertThat(console.output()).startsWith("palimpsest ").hasLineCount(1);
        assertThat(console.errors()).isEmpty();
    }

    @Test
    void a_wrong_request_ends_with_2() {
        assertThat(probe(failing(new IllegalArgumentException("steps must be positive; got 0."))))
                .isEqualTo(2);
        assertThat(console.errors()).isEqualToIgnoringNewLines("palimpsest: steps must be positive; got 0.");
    }

    @Test
    void a_missing_file_ends_with_3_and_names_it() {
        RuntimeException failure = new UncheckedIOException(new NoSuchFileException("model/config.json"));
        assertThat(probe(failing(failure))).isEqualTo(3);
        assertThat(console.errors()).isEqualToIgnoringNewLines("palimpsest: no such file: model/config.json");
    }

    @Test
    void a_bad_model_file_ends_with_3() {
        assertThat(probe(failing(new InvalidFileException(Path.of("model.gguf"), "expected GGUF, found ZIP"))))
                .isEqualTo(3);
        assertThat(console.errors()).isEqualToIgnoringNewLines("palimpsest: model.gguf: expected GGUF, found ZIP");
        assertThat(probe(failing(new ModelFileException("config.json: no model_type"))))
                .isEqualTo(3);
    }

    @Test
    void any_other_failure_ends_with_1_in_one_line() {
        assertThat(probe(failing(new IllegalStateException("broken\nin two")))).isEqualTo(1);
        assertThat(console.errors()).hasLineCount(1).startsWith("palimpsest: broken");
    }

    @Test
    void a_stack_trace_is_only_for_debug() {
        probe(failing(new IllegalStateException("broken")), "--debug");
        assertThat(console.errors()).contains("at io.palimpsest.cli.MainTest");
    }

    @Test
    void an_option_out_of_range_names_it() {
        assertThat(probe(() -> 0, "--threads", "0")).isEqualTo(2);
        assertThat(console.errors()).contains("--threads must be between 1 and 1024; got 0.");
        assertThat(probe(() -> 0, "--threads", "100000")).isEqualTo(2);
        assertThat(console.errors()).contains("got 100000.");
    }

    @Test
    void what_is_no_number_is_said_in_words() {
        assertThat(console.run("generate", "hi", "--max-tokens", "2.5")).isEqualTo(2);
        assertThat(console.errors()).contains("'--max-tokens'", "'2.5' is no whole number");
        assertThat(console.run("generate", "hi", "--max-tokens", "99999999999")).isEqualTo(2);
        assertThat(console.errors()).contains("'99999999999' is too large a number");
        assertThat(console.run("generate", "hi", "--temperature", "warm")).isEqualTo(2);
        assertThat(console.errors()).contains("'--temperature'", "'warm' is no number");
        assertThat(console.run("generate", "hi", "--precision", "fp64")).isEqualTo(2);
        assertThat(console.errors()).contains("'fp64' is none of auto, fp32, bf16, int8");
    }

    @Test
    void a_text_without_quotes_is_told_about_them() {
        assertThat(console.run("generate", "Write", "a", "story")).isEqualTo(2);
        assertThat(console.errors())
                .startsWith("palimpsest: 'a' is one word too many; put a text of several words in quotes.");
    }

    @Test
    void an_empty_name_of_a_model_is_refused() {
        assertThat(console.run("generate", "hi", "--model", "")).isEqualTo(2);
        assertThat(console.errors()).contains("--model is empty");
    }

    @Test
    void a_dash_stands_for_standard_input() {
        Console piped = console.reading("piped");
        assertThat(PromptInput.read(Optional.of("-"), "PROMPT", piped)).isEqualTo("piped");
    }

    @Test
    void precision_is_written_in_any_case() {
        assertThat(probe(() -> 0, "--precision", "INT8")).isEqualTo(0);
        assertThat(probe(() -> 0, "--precision", "int8")).isEqualTo(0);
        assertThat(probe(() -> 0, "--precision", "int7")).isEqualTo(2);
    }

    @Test
    void invalid_utf8_is_refused_with_its_offset() {
        Console piped = console.reading(new byte[] {'a', (byte) 0xC3, (byte) 0xA9, (byte) 0xFF, 'b'});
        assertThatThrownBy(() -> PromptInput.read(Optional.empty(), "PROMPT", piped))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("standard input is not valid UTF-8: byte 0xFF at offset 3.");
    }

    @Test
    void a_character_cut_off_at_the_end_is_refused() {
        Console piped = console.reading(new byte[] {'a', (byte) 0xE2, (byte) 0x82});
        assertThatThrownBy(() -> PromptInput.read(Optional.empty(), "PROMPT", piped))
                .hasMessageContaining("at offset 1.");
    }

    @Test
    void piped_text_loses_its_last_line_break_only() {
        Console piped = console.reading("one\ntwo\n");
        assertThat(PromptInput.read(Optional.empty(), "PROMPT", piped)).isEqualTo("one\ntwo");
    }

    @Test
    void a_dumb_terminal_and_a_pipe_are_not_drawn_on() {
        Map<String, String> size = Map.of("palimpsest.screen", "24 80");
        assertThat(Screen.detect(Map.of("TERM", "dumb"), size)).isEmpty();
        assertThat(Screen.detect(Map.of("TERM", "xterm"), Map.of())).isEmpty();
        assertThat(Screen.detect(Map.of("TERM", "xterm"), size)).contains(new Screen(80, 24, true));
        assertThat(Screen.detect(Map.of("TERM", "xterm", "NO_COLOR", "1"), size))
                .contains(new Screen(80, 24, false));
    }
}
