package io.palimpsest.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class QuickstartTest {

    @Test
    void it_writes_a_story_and_fills_a_gap() {
        assertThat(Shown.output(Quickstart::main))
                .hasSizeGreaterThan(100)
                .contains("tokens for each pass")
                .contains("The sun rises in the ");
    }

    @Test
    void the_readme_shows_this_very_code() throws IOException {
        assertThat(Files.readString(Path.of("..", "README.md"))).contains(Shown.region(Quickstart.class, "quickstart"));
    }
}
