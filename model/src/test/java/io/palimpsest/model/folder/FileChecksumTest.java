package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileChecksumTest {

    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final FileTime THEN = FileTime.fromMillis(1_000_000);

    @TempDir
    private Path folder;

    private FileChecksum checksum;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        checksum = new FileChecksum(folder.resolve("memory"));
        file = Files.writeString(folder.resolve("file"), "abc");
        Files.setLastModifiedTime(file, THEN);
    }

    @Test
    void the_sum_is_sha_256() {
        assertThat(FileChecksum.sha256(file)).isEqualTo(ABC);
        assertThat(checksum.of(file)).isEqualTo(ABC);
    }

    @Test
    void a_sum_is_remembered_as_long_as_size_and_time_stay() throws IOException {
        checksum.of(file);
        Files.writeString(file, "xyz");
        Files.setLastModifiedTime(file, THEN);
        assertThat(checksum.of(file)).as("not read again").isEqualTo(ABC);
        Files.setLastModifiedTime(file, FileTime.fromMillis(2_000_000));
        assertThat(checksum.of(file)).isEqualTo(FileChecksum.sha256(file));
        Files.writeString(file, "wxyz");
        Files.setLastModifiedTime(file, FileTime.fromMillis(2_000_000));
        assertThat(checksum.of(file)).isEqualTo(FileChecksum.sha256(file));
    }

    @Test
    void what_is_remembered_wrongly_is_computed_again() throws IOException {
        checksum.of(file);
        try (Stream<Path> notes = Files.list(folder.resolve("memory"))) {
            for (Path note : notes.toList()) {
                Files.writeString(note, "3 1000000 damaged");
            }
        }
        assertThat(checksum.of(file)).isEqualTo(ABC);
    }

    @Test
    void a_memory_that_cannot_be_written_is_done_without() throws IOException {
        Files.writeString(folder.resolve("memory"), "a file where the folder should be");
        assertThat(checksum.of(file)).isEqualTo(ABC);
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        assertThatThrownBy(() -> checksum.of(folder.resolve("none")))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("none");
    }
}
