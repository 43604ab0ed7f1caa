package io.palimpsest.model.folder;

import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The SHA-256 of files of weights. Reading one through takes a second for every 100 MB, so that a sum that was computed once is
 * remembered as long as the file's size and time stay the same.
 *
 * @param memory the folder of what is remembered: a file for each, which says size, time and sum
 */
public record FileChecksum(Path memory) {

    private static final int PIECE = 1 << 20;

    /** Remembers in {@code palimpsest.cache} or the user's cache folder. */
    static FileChecksum remembering() {
        String own = System.getProperty("palimpsest.cache");
        if (own != null) {
            return new FileChecksum(Path.of(own, "checksums"));
        }
        String cache = Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(folder -> !folder.isBlank())
                .orElseGet(() -> System.getProperty("user.home", ".") + "/.cache");
        return new FileChecksum(Path.of(cache, "palimpsest", "checksums"));
    }

    /** The sum of {@code file}, remembered or computed. */
    String of(Path file) {
        try {
            Path note = memory.resolve(name(file.toRealPath()));
            String stamp =
                    Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis() + " ";
            String noted = Files.exists(note) ? Files.readString(note).strip() : "";
            if (noted.matches("\\d+ \\d+ [0-9a-f]{64}") && noted.startsWith(stamp)) {
                return noted.substring(stamp.length());
            }
            String sum = sha256(file);
            remember(note, stamp + sum);
            return sum;
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static String name(Path file) {
        byte[] path = file.toString().getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(digest().digest(path), 0, 16);
    }

    /** Where it cannot be written down, it is computed again. */
    private void remember(Path note, String text) {
        try {
            Files.createDirectories(memory);
            Path part = Files.createTempFile(memory, "", ".part");
            Files.writeString(part, text + "\n");
            Files.move(part, note, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | UnsupportedOperationException e) {
            // A cache that cannot be written is no reason to refuse a model.
        }
    }

    /** Reads all of {@code file}. */
    public static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = digest();
            byte[] piece = new byte[PIECE];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                digest.update(piece, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
