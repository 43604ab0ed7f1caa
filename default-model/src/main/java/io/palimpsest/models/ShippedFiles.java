package io.palimpsest.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model on the class path, as a folder, so that its weights can be mapped into memory.
 *
 * <p>In a checkout they are used where they are. From a jar they are copied out once, to {@code palimpsest.cache} or the user's cache
 * folder.
 *
 * @param name the model's
 * @param weights the file that comes last and complete: where it is, the folder is whole
 * @param sha256 what its copy is checked against; empty for no check
 * @param others what else the model may have
 */
record ShippedFiles(String name, String weights, Optional<String> sha256, List<String> others) {

    /** The property that names the folder with the models' folders, as the launcher of a checkout sets it. */
    private static final String MODELS = "palimpsest.models";

    private static final String CACHE = "palimpsest.cache";

    /** Whether the model is there. */
    boolean exist() {
        return inCheckout().isPresent() || resource() != null;
    }

    /** The model's folder. */
    Path folder() {
        return inCheckout().orElseGet(this::onClassPath);
    }

    private Optional<Path> inCheckout() {
        String models = System.getProperty(MODELS);
        return models != null && Files.exists(Path.of(models, name, weights))
                ? Optional.of(Path.of(models, name))
                : Optional.empty();
    }

    private Path onClassPath() {
        URL file = resource();
        if (file == null) {
            throw new IllegalStateException("the model " + name
                    + " is not on the class path; depend on palimpsest-default-model, or name another model's folder");
        }
        return file.getProtocol().equals("file") ? folderOf(file) : extracted(cache().resolve(name + "-" + key()));
    }

    private @Nullable URL resource() {
        return ShippedFiles.class.getResource(name + "/" + weights);
    }

    private static Path folderOf(URL file) {
        try {
            return Path.of(file.toURI()).resolveSibling("");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path cache() {
        String own = System.getProperty(CACHE);
        String xdg = System.getenv("XDG_CACHE_HOME");
        if (own != null) {
            return Path.of(own);
        }
        return xdg == null || xdg.isBlank()
                ? Path.of(System.getProperty("user.home", "."), ".cache", "palimpsest")
                : Path.of(xdg, "palimpsest");
    }

    /** Other files are another folder. */
    private String key() {
        MessageDigest all = sha256Digest();
        for (String other : others) {
            try (InputStream in = ShippedFiles.class.getResourceAsStream(name + "/" + other)) {
                if (in != null) {
                    all.update(in.readAllBytes());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return HexFormat.of().formatHex(all.digest()).substring(0, 12);
    }

    /** The files in {@code folder}, where they are copied if they are not there. */
    Path extracted(Path folder) {
        Path last = folder.resolve(weights);
        if (Files.exists(last)) {
            return folder;
        }
        try {
            Files.createDirectories(folder);
            for (String other : others) {
                copy(other, folder);
            }
            String found = copy(weights, folder);
            if (!found.equals(sha256.orElse(found))) {
                Files.delete(last);
                throw new IOException("the copy has SHA-256 " + found + ", but the model has " + sha256.get());
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    folder + ": the model " + name + " that ships with Palimpsest cannot be copied here: "
                            + e.getMessage(),
                    e);
        }
    }

    private String copy(String file, Path folder) throws IOException {
        try (InputStream in = ShippedFiles.class.getResourceAsStream(name + "/" + file)) {
            if (in == null) {
                return "";
            }
            Path part = Files.createTempFile(folder, file, ".part");
            DigestInputStream digesting = new DigestInputStream(in, sha256Digest());
            Files.copy(digesting, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        }
    }

    private static MessageDigest sha256Digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
