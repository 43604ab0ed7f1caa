package io.palimpsest.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultModelTest {

    @Test
    void the_base_is_its_makers_file_unchanged() throws Exception {
        assertThat(sha256(DefaultModel.folder().resolve(DefaultModel.BASE))).isEqualTo(DefaultModel.BASE_SHA256);
    }

    @Test
    void from_a_jar_it_is_copied_out_once_and_whole(@TempDir Path cache) throws Exception {
        Path folder = DefaultModel.FILES.extracted(cache.resolve("model"));
        assertThat(sha256(folder.resolve(DefaultModel.BASE))).isEqualTo(DefaultModel.BASE_SHA256);
        assertThat(folder.resolve("smoothing.safetensors")).exists();
        long written =
                Files.getLastModifiedTime(folder.resolve(DefaultModel.BASE)).toMillis();
        assertThat(DefaultModel.FILES.extracted(folder)).isEqualTo(folder);
        assertThat(Files.getLastModifiedTime(folder.resolve(DefaultModel.BASE)).toMillis())
                .isEqualTo(written);
        try (var files = Files.list(folder)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".part"));
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
