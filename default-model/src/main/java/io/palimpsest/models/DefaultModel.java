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

/**
 * Where the model that ships with Palimpsest lies as files, so that its weights can be mapped into memory.
 *
 * <p>In a checkout it is used where it is. In a jar it is copied out once, to {@code palimpsest.cache} or the user's cache
 * folder, and the copy is checked against the base model's SHA-256.
 */
public final class DefaultModel {

    /** What it is called. */
    public static final String NAME = "smollm2-135m-diffusion";

    /** The base model, unchanged from its makers' quantised release. */
    static final String BASE = "SmolLM2-135M-Instruct.Q4_1.gguf";

    static final String BASE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    /** The property that names the folder with the models' folders, as the launcher of a checkout sets it. */
    private static final String MODELS = "palimpsest.models";

    private static final String CACHE = "palimpsest.cache";
    private static final List<String> SMALL =
            List.of("smoothing.safetensors", "adapter_config.json", "adapter_model.safetensors", "README.md");

    private DefaultModel() {}

    /** The model's folder. */
    public static Path folder() {
        String models = System.getProperty(MODELS);
        if (models != null && Files.exists(Path.of(models, NAME, BASE))) {
            return Path.of(models, NAME);
        }
        URL base = DefaultModel.class.getResource(NAME + "/" + BASE);
        if (base == null) {
            throw new IllegalStateException("the model " + NAME
                    + " is not on the class path; depend on palimpsest-default-model, or name another model's folder");
        }
        return base.getProtocol().equals("file") ? folderOf(base) : extracted(cache().resolve(NAME + "-" + key()));
    }

    private static Path folderOf(URL base) {
        try {
            Path file = Path.of(base.toURI());
            return file.resolveSibling("");
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

    /** Another adapter is another folder. */
    private static String key() {
        MessageDigest all = sha256();
        for (String name : SMALL) {
            try (InputStream in = DefaultModel.class.getResourceAsStream(NAME + "/" + name)) {
                if (in != null) {
                    all.update(in.readAllBytes());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return HexFormat.of().formatHex(all.digest()).substring(0, 12);
    }

    /** The base comes last and complete: where it is, the folder is whole. */
    static Path extracted(Path folder) {
        Path base = folder.resolve(BASE);
        if (Files.exists(base)) {
            return folder;
        }
        try {
            Files.createDirectories(folder);
            for (String name : SMALL) {
                copy(name, folder);
            }
            String found = copy(BASE, folder);
            if (!found.equals(BASE_SHA256)) {
                Files.delete(base);
                throw new IOException("the copy has SHA-256 " + found + ", but the model has " + BASE_SHA256);
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    folder + ": the model that ships with Palimpsest cannot be copied here: " + e.getMessage(), e);
        }
    }

    private static String copy(String name, Path folder) throws IOException {
        try (InputStream in = DefaultModel.class.getResourceAsStream(NAME + "/" + name)) {
            if (in == null) {
                return "";
            }
            Path part = Files.createTempFile(folder, name, ".part");
            DigestInputStream digesting = new DigestInputStream(in, sha256());
            Files.copy(digesting, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
