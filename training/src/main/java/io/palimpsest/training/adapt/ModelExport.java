package io.palimpsest.training.adapt;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of the adapted model: the base's files beside the adapter's.
 *
 * @param base a model folder or one GGUF file
 * @param folder where the adapted model goes
 */
record ModelExport(Path base, Path folder) {

    /** Copies the base's files that are not there yet, those of an adapter it may have excepted. */
    void copyBase(ModelFolder model) {
        try {
            Files.createDirectories(folder);
            for (Path file : files(model)) {
                Path copy = folder.resolve(file.getFileName());
                if (!Files.exists(copy)) {
                    Path part = folder.resolve("." + file.getFileName() + ".part");
                    Files.copy(file, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the base model cannot be copied to " + folder, e);
        }
    }

    private List<Path> files(ModelFolder model) throws IOException {
        if (!Files.isDirectory(base)) {
            return List.of(model.weightsFile());
        }
        try (Stream<Path> all = Files.list(base)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("adapter_"))
                    .toList();
        }
    }

    static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
