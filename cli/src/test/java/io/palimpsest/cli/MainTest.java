package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

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

    private Console console(byte[] input) {
        return new Console(
                new ByteArrayInputStream(input),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.empty(),
                false);
    }

    private int run(String... arguments) {
        return Main.run(console(new byte[0]), arguments);
    }

    private int probe(Callable<Integer> body, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "probe";
        System.arraycopy(options, 0, arguments, 1, options.length);
        CommandLine probe = new CommandLine(new Probe(body));
        Console console = console(new byte[0]);
        return Main.execute(Main.configured(Main.commandLine(console).addSubcommand(probe), console), arguments);
    }

    private static Callable<Integer> failing(RuntimeException failure) {
        return () -> {
            throw failure;
        };
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void no_command_is_wrong_usage() {
        assertThat(run()).isEqualTo(2);
        assertThat(errors()).startsWith("palimpsest: no command given.");
    }

    @Test
    void an_unknown_command_is_wrong_usage() {
        assertThat(run("frobnicate")).isEqualTo(2);
        assertThat(errors()).contains("frobnicate").contains("Did you mean");
    }

    @Test
    void an_option_out_of_range_is_refused_in_the_words_of_its_own_check() {
        assertThat(run("generate", "--max-tokens", "-3", "hi")).isEqualTo(2);
        assertThat(errors()).startsWith("palimpsest: max tokens must be at least 1; got -3");
    }

    @Test
    void the_version_is_one_line_on_standard_output() {
        assertThat(run("--version")).isEqualTo(0);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("palimpsest ")
                .hasLineCount(1);
        assertThat(errors()).isEmpty();
    }

    @Test
    void a_wrong_request_ends_with_2() {
        assertThat(probe(failing(new IllegalArgumentException("steps must be positive; got 0."))))
                .isEqualTo(2);
        assertThat(errors()).isEqualToIgnoringNewLines("palimpsest: steps must be positive; got 0.");
    }

    @Test
    void a_missing_file_ends_with_3_and_names_it() {
        RuntimeException failure = new UncheckedIOException(new NoSuchFileException("model/config.json"));
        assertThat(probe(failing(failure))).isEqualTo(3);
        assertThat(errors()).isEqualToIgnoringNewLines("palimpsest: no such file: model/config.json");
    }

    @Test
    void a_bad_model_file_ends_with_3() {
        assertThat(probe(failing(new InvalidFileException(Path.of("model.gguf"), "expected GGUF, found ZIP"))))
                .isEqualTo(3);
        assertThat(errors()).isEqualToIgnoringNewLines("palimpsest: model.gguf: expected GGUF, found ZIP");
        assertThat(probe(failing(new ModelFileException("config.json: no model_type"))))
                .isEqualTo(3);
    }

    @Test
    void any_other_failure_ends_with_1_in_one_line() {
        assertThat(probe(failing(new IllegalStateException("broken\nin two")))).isEqualTo(1);
        assertThat(errors()).hasLineCount(1).startsWith("palimpsest: broken");
    }

    @Test
    void a_stack_trace_is_only_for_debug() {
        probe(failing(new IllegalStateException("broken")), "--debug");
        assertThat(errors()).contains("at io.palimpsest.cli.MainTest");
    }

    @Test
    void an_option_out_of_range_names_it() {
        assertThat(probe(() -> 0, "--threads", "0")).isEqualTo(2);
        assertThat(errors()).contains("--threads must be between 1 and 1024; got 0.");
        assertThat(probe(() -> 0, "--threads", "100000")).isEqualTo(2);
        assertThat(errors()).contains("got 100000.");
    }

    @Test
    void what_is_no_number_is_said_in_words() {
        assertThat(run("generate", "hi", "--max-tokens", "2.5")).isEqualTo(2);
        assertThat(errors()).contains("'--max-tokens'", "'2.5' is no whole number");
        assertThat(run("generate", "hi", "--max-tokens", "99999999999")).isEqualTo(2);
        assertThat(errors()).contains("'99999999999' is too large a number");
        assertThat(run("generate", "hi", "--temperature", "warm")).isEqualTo(2);
        assertThat(errors()).contains("'--temperature'", "'warm' is no number");
        assertThat(run("generate", "hi", "--precision", "fp64")).isEqualTo(2);
        assertThat(errors()).contains("'fp64' is none of auto, fp32, bf16, int8");
    }

    @Test
    void a_text_without_quotes_is_told_about_them() {
        assertThat(run("generate", "Write", "a", "story")).isEqualTo(2);
        assertThat(errors()).startsWith("palimpsest: 'a' is one word too many; put a text of several words in quotes.");
    }

    @Test
    void an_empty_name_of_a_model_is_refused() {
        assertThat(run("generate", "hi", "--model", "")).isEqualTo(2);
        assertThat(errors()).contains("--model is empty");
    }

    @Test
    void a_dash_stands_for_standard_input() {
        Console console = console("piped".getBytes(StandardCharsets.UTF_8));
        assertThat(PromptInput.read(Optional.of("-"), "PROMPT", console)).isEqualTo("piped");
    }

    @Test
    void precision_is_written_in_any_case() {
        assertThat(probe(() -> 0, "--precision", "INT8")).isEqualTo(0);
        assertThat(probe(() -> 0, "--precision", "int8")).isEqualTo(0);
        assertThat(probe(() -> 0, "--precision", "int7")).isEqualTo(2);
    }

    @Test
    void invalid_utf8_is_refused_with_its_offset() {
        Console console = console(new byte[] {'a', (byte) 0xC3, (byte) 0xA9, (byte) 0xFF, 'b'});
        assertThatThrownBy(() -> PromptInput.read(Optional.empty(), "PROMPT", console))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("standard input is not valid UTF-8: byte 0xFF at offset 3.");
    }

    @Test
    void a_character_cut_off_at_the_end_is_refused() {
        Console console = console(new byte[] {'a', (byte) 0xE2, (byte) 0x82});
        assertThatThrownBy(() -> PromptInput.read(Optional.empty(), "PROMPT", console))
                .hasMessageContaining("at offset 1.");
    }

    @Test
    void piped_text_loses_its_last_line_break_only() {
        Console console = console("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        assertThat(PromptInput.read(Optional.empty(), "PROMPT", console)).isEqualTo("one\ntwo");
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
