package io.palimpsest.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class QuickstartTest {

    @Test
    void it_writes_a_story_and_fills_a_gap() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            Quickstart.main();
        } finally {
            System.setOut(before);
        }
        String text = written.toString(StandardCharsets.UTF_8);
        assertThat(text)
                .hasSizeGreaterThan(100)
                .contains("tokens for each pass")
                .contains("The sun rises in the ");
    }

    @Test
    void the_readme_shows_this_very_code() throws IOException {
        String example = Files.readString(Path.of("src/main/java/io/palimpsest/examples/Quickstart.java"));
        List<String> region = example.lines()
                .dropWhile(line -> !line.contains("tag::quickstart"))
                .skip(1)
                .takeWhile(line -> !line.contains("end::quickstart"))
                .toList();
        String shown = region.stream()
                .map(line -> line.isBlank() ? "" : line.substring(8))
                .collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("..", "README.md"))).contains(shown);
    }
}
