package io.palimpsest.model.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hub, and where its files are kept; from the variables that Python's {@code huggingface_hub} documents.
 *
 * @param endpoint the hub's address, without a slash at its end
 * @param cache the folder of all repositories
 * @param token sent to the hub's own host
 * @param offline whether the hub must not be asked
 */
public record HubSettings(URI endpoint, Path cache, Optional<Token> token, boolean offline) {

    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");

    public HubSettings {
        if (endpoint.getHost() == null || !Set.of("http", "https").contains(endpoint.getScheme())) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT must be an address that begins with https:// or http://; got '" + endpoint + "'.");
        }
        cache = cache.toAbsolutePath().normalize();
    }

    /** Those of this process. */
    public static HubSettings system() {
        return from(System.getenv(), Path.of(System.getProperty("user.home", ".")));
    }

    /** {@code HF_ENDPOINT}, {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code HF_TOKEN} and its file, {@code HF_HUB_OFFLINE}. */
    public static HubSettings from(Map<String, String> environment, Path userHome) {
        Variables variables = new Variables(environment, userHome);
        Path home = variables
                .folder("HF_HOME")
                .orElseGet(() -> variables
                        .folder("XDG_CACHE_HOME")
                        .orElse(userHome.resolve(".cache"))
                        .resolve("huggingface"));
        Path cache = variables
                .folder("HF_HUB_CACHE")
                .or(() -> variables.folder("HUGGINGFACE_HUB_CACHE"))
                .orElse(home.resolve("hub"));
        return new HubSettings(variables.endpoint(), cache, variables.token(home), variables.offline());
    }

    private record Variables(Map<String, String> environment, Path userHome) {

        Optional<String> get(String name) {
            return Optional.of(environment.getOrDefault(name, "").strip()).filter(value -> !value.isEmpty());
        }

        Optional<Path> folder(String name) {
            return get(name)
                    .map(value -> value.equals("~") || value.startsWith("~/")
                            ? userHome.resolve(value.substring(Math.min(2, value.length())))
                            : Path.of(value));
        }

        URI endpoint() {
            String address = get("HF_ENDPOINT").orElse(DEFAULT_ENDPOINT).replaceAll("/+$", "");
            try {
                return URI.create(address);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("HF_ENDPOINT is no address: '" + address + "'.", e);
            }
        }

        Optional<Token> token(Path home) {
            for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
                Optional<Token> found = get(name).map(secret -> new Token(secret, name));
                if (found.isPresent()) {
                    return found;
                }
            }
            Path file = folder("HF_TOKEN_PATH").orElse(home.resolve("token"));
            return tokenIn(file);
        }

        private static Optional<Token> tokenIn(Path file) {
            try {
                String secret =
                        Files.isRegularFile(file) ? Files.readString(file).strip() : "";
                return secret.isEmpty() ? Optional.empty() : Optional.of(new Token(secret, file.toString()));
            } catch (IOException e) {
                throw new HubException("the token in " + file + " cannot be read: " + e.getMessage(), e);
            }
        }

        boolean offline() {
            return get("HF_HUB_OFFLINE")
                    .or(() -> get("TRANSFORMERS_OFFLINE"))
                    .map(value -> YES.contains(value.toUpperCase(Locale.ROOT)))
                    .orElse(false);
        }
    }
}
