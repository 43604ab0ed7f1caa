package io.palimpsest.training.data;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over small files that pyarrow wrote, two rows a row group. */
class ParquetRowsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "gzip", "zstd"})
    void documents_are_read_however_their_pages_are_packed(String codec) {
        assertThat(documents(file("documents-" + codec + ".parquet")))
                .containsExactly("First document.|", "Zweites, mit Umlauten: äöü.|");
    }

    @Test
    void the_text_column_is_named_behind_the_file_s_name() {
        Path named = Path.of(file("documents-snappy.parquet") + "#summary");
        assertThat(documents(named)).containsExactly("one|", "two|", "three|", "four|");
    }

    @Test
    void lists_are_read_as_lists() {
        assertThat(documents(file("pages.parquet"))).containsExactly("p\n\nq|", "r|");
        assertThat(Passages.read(file("pages.parquet"), 100)).containsExactly("p\n\nq");
    }

    @Test
    void conversations_are_read_with_roles_and_contents() {
        List<JsonNode> rows = TextFiles.readJson(file("conversations.parquet"), TextFiles.Keys.oneOf("messages"));
        assertThat(rows).hasSize(2);
        assertThat(rows.get(1).path("messages"))
                .extracting(
                        m -> m.path("role").asText() + ": " + m.path("content").asText())
                .containsExactly("system: Short.", "user: A", "assistant: B");
    }

    @Test
    void a_missing_column_is_named_with_those_that_are_there() {
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> documents(file("conversations.parquet")))
                .withMessageContaining("conversations.parquet: has no column 'text' or 'pages'")
                .withMessageContaining("its columns are messages")
                .withMessageContaining("conversations.parquet#COLUMN");
        Path named = Path.of(file("documents-none.parquet") + "#body");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> documents(named))
                .withMessageContaining("has no column 'body'; its columns are id, text, summary");
    }

    @Test
    void what_is_no_parquet_is_refused_in_one_line() throws IOException {
        Path text = Files.writeString(folder.resolve("a.parquet"), "This is a sentence and not a table.");
        Path cut = folder.resolve("cut.parquet");
        byte[] whole = Files.readAllBytes(file("documents-zstd.parquet"));
        Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
        for (Path file : List.of(text, cut, folder.resolve("missing.parquet"))) {
            assertThatExceptionOfType(InvalidFileException.class)
                    .isThrownBy(() -> documents(file))
                    .withMessageContaining(file.toString())
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
        }
    }

    private static Path file(String name) {
        try {
            return Path.of(
                    requireNonNull(ParquetRowsTest.class.getResource(name)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> documents(Path file) {
        List<String> found = new ArrayList<>();
        Documents.read(file, (piece, last) -> found.add(piece + (last ? "|" : "")));
        return found;
    }
}
