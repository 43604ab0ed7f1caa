package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model of word embeddings that ships, through the commands that work with every model. */
class RestaurantModelTest {

    private final CapturedConsole console = new CapturedConsole();

    private String run(String... arguments) {
        assertThat(console.run(arguments)).isZero();
        return console.output();
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
        assertThat(console.run("score", "--model", "e2e-continuous", text.toString()))
                .isEqualTo(ExitStatus.WRONG_USAGE);
        assertThat(console.errors()).contains("no likelihood is computed");
    }

    @Test
    void it_is_told_apart_and_listed() {
        assertThat(run("inspect", "e2e-continuous")).contains("Embedding DiT", "refining", "normal");
        assertThat(run("list")).contains("e2e-continuous", "smollm2-135m-diffusion");
    }
}
