package io.palimpsest.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextsTest {

    @TempDir
    private Path folder;

    @Test
    void a_mix_keeps_its_quotas_and_leaves_out_long_prompts() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            lines.append("{\"prompt\": \"add ").append(i).append("\", \"kind\": \"math\"}\n");
            lines.append("{\"prompt\": \"one two three four five ").append(i).append("\", \"kind\": \"long\"}\n");
        }
        Path file = gzipped("prompts.jsonl.gz", lines.toString());
        List<String> mix = Prompts.mixed(file, Map.of("math", 7), 5, 1, Seed.of(1));
        assertThat(mix).hasSize(7 + Prompts.templates().size());
        assertThat(mix.stream().filter(p -> p.startsWith("add "))).hasSize(7).doesNotHaveDuplicates();
        assertThat(Prompts.mixed(file, Map.of("math", 7), 5, 1, Seed.of(1))).isEqualTo(mix);
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Prompts.mixed(file, Map.of("long", 7), 5, 1, Seed.of(1)))
                .withMessageContaining("no prompts of kind 'long'");
    }

    @Test
    void every_template_names_its_topic() {
        assertThat(Prompts.templates())
                .hasSizeGreaterThan(300)
                .doesNotHaveDuplicates()
                .noneMatch(prompt -> prompt.contains("{}"))
                .contains("Write a short story about a lighthouse");
    }

    @Test
    void paragraphs_are_joined_up_to_a_length_and_printed_lines_flow() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "One\nline.\n\nTwo.\n\n\nThree is long.\n\nFour.");
        assertThat(Passages.read(file, 12)).containsExactly("One line.\n\nTwo.", "Three is long.", "Four.");
    }

    @Test
    void stories_are_read_from_json_lines_in_english_only() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"lang\": \"en\", \"pages\": [\"A\", \"B\"]}\n{\"lang\": \"fr\", \"pages\": [\"C\"]}\n{\"text\": \"D\"}\n");
        assertThat(Passages.read(file, 100)).containsExactly("A\n\nB", "D");
    }

    @Test
    void passages_are_taken_at_even_distances() {
        List<String> all = IntStream.range(0, 100).mapToObj(String::valueOf).toList();
        assertThat(Passages.spread(all, 4)).containsExactly("0", "25", "50", "75");
        assertThat(Passages.spread(all.subList(0, 2), 4)).containsExactly("0", "1");
    }

    @Test
    void a_text_stays_on_its_side_and_the_share_is_kept() {
        HoldOut holdOut = new HoldOut(0.1);
        long heldOut = IntStream.range(0, 10_000)
                .filter(i -> holdOut.isHeldOut("text " + i))
                .count();
        assertThat(heldOut).isBetween(850L, 1150L);
        assertThat(new HashSet<>(List.of(holdOut.isHeldOut("a"), holdOut.isHeldOut("a"))))
                .hasSize(1);
        assertThat(new HoldOut(0).isHeldOut("a")).isFalse();
    }

    private Path gzipped(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }
}
