package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model of word embeddings that ships, through the commands that work with every model. */
class RestaurantModelTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private String run(String... arguments) {
        Console console = new Console(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                Optional.empty(),
                false);
        assertThat(Main.run(console, arguments)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void it_goes_on_with_what_is_given() {
        assertThat(run(
                        "generate",
                        "--model",
                        "e2e-continuous",
                        "--steps",
                        "12",
                        "--seed",
                        "1",
                        "--json",
                        "The Eagle is a"))
                .contains("\"forward_passes\":12", "\"finish_reason\":\"stop\"", "\"model\":\"e2e-continuous\"");
    }

    @Test
    void it_fills_gaps() {
        assertThat(run(
                        "infill",
                        "--model",
                        "e2e-continuous",
                        "--steps",
                        "12",
                        "--seed",
                        "1",
                        "The Eagle is a [[2]] near Burger King."))
                .startsWith("The Eagle is a ")
                .contains(" near Burger King.");
    }

    @Test
    void a_gap_of_open_length_is_not_left_empty() {
        assertThat(run(
                        "infill",
                        "--model",
                        "e2e-continuous",
                        "--steps",
                        "6",
                        "--seed",
                        "1",
                        "The Eagle is a pub near [[]]."))
                .startsWith("The Eagle is a pub near ")
                .doesNotContain("near .");
    }

    @Test
    void it_has_no_likelihood_and_says_so(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "The Eagle is a pub.");
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.empty(),
                false);
        assertThat(Main.run(console, "score", "--model", "e2e-continuous", text.toString()))
                .isEqualTo(ExitStatus.WRONG_USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no likelihood is computed");
    }

    @Test
    void it_is_told_apart_and_listed() {
        assertThat(run("inspect", "e2e-continuous")).contains("Embedding DiT", "refining", "normal");
        assertThat(run("list")).contains("e2e-continuous", "smollm2-135m-diffusion");
    }
}
