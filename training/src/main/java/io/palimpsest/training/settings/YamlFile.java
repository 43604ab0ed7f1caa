package io.palimpsest.training.settings;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads records from YAML. Keys are the components' names in snake case; all must be there and no others, so that a file can
 * be read without its class. A choice among several records names one with {@code kind}.
 */
public final class YamlFile {

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .addMixIn(NoiseSchedule.class, Schedules.class)
            .build();

    private YamlFile() {}

    /** The kinds of noise schedule; {@code polynomial} with exponent 1 is the linear one. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = NoiseSchedule.Polynomial.class, name = "polynomial"),
        @JsonSubTypes.Type(value = NoiseSchedule.Cosine.class, name = "cosine"),
        @JsonSubTypes.Type(value = NoiseSchedule.Geometric.class, name = "geometric"),
        @JsonSubTypes.Type(value = NoiseSchedule.LogLinear.class, name = "log_linear"),
        @JsonSubTypes.Type(value = NoiseSchedule.Clipped.class, name = "clipped")
    })
    private interface Schedules {}

    /** What the key {@code kind} at the top of {@code file} says: one of {@code allowed}. */
    public static String kind(Path file, List<String> allowed) {
        String kind = read(file, JsonNode.class).path("kind").asText();
        if (!allowed.contains(kind)) {
            throw new InvalidFileException(
                    file, "'kind' should be " + String.join(" or ", allowed) + ", but is '" + kind + "'");
        }
        return kind;
    }

    /** The folder that a file's relative paths start at: its own. */
    public static Path folder(Path file) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        return folder == null ? Path.of("/") : folder;
    }

    /** Reads {@code file} as a {@code type}. */
    public static <T> T read(Path file, Class<T> type) {
        try {
            return YAML.readValue(Files.readString(file), type);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String what = e.getOriginalMessage().replaceFirst(";? `DeserializationFeature.*", "");
            throw new InvalidFileException(file, "line " + line + ": " + what, e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }
}
