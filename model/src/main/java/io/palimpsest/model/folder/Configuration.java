package io.palimpsest.model.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The values of a JSON file, or of a GGUF file's metadata under the same names; each is checked when it is read. */
public record Configuration(Path file, JsonNode json) {

    private static final long LARGEST_FILE = 16 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Reads a JSON file. */
    public static Configuration read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new InvalidFileException(
                        file, "it has " + Files.size(file) + " bytes, no configuration is so long");
            }
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            if (!(json instanceof ObjectNode)) {
                throw new InvalidFileException(file, "should hold a JSON object, but holds something else");
            }
            return new Configuration(file, json);
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "is not valid JSON" + where(e) + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static String where(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    /** Whether there is a value at {@code key}. */
    public boolean has(String key) {
        return json.hasNonNull(key);
    }

    /** The whole number at {@code key}, which must lie between the bounds. */
    public int integer(String key, int least, int most) {
        JsonNode value = value(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, "a whole number", value);
        }
        if (value.intValue() < least || value.intValue() > most) {
            throw wrong(key, "between " + least + " and " + most, value);
        }
        return value.intValue();
    }

    /** The same, or {@code otherwise} where there is none. */
    public int integer(String key, int least, int most, int otherwise) {
        return has(key) ? integer(key, least, most) : otherwise;
    }

    /** The positive, finite number at {@code key}. */
    public double positive(String key) {
        JsonNode value = value(key);
        if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
            throw wrong(key, "a positive number", value);
        }
        return value.doubleValue();
    }

    /** The same, or {@code otherwise} where there is none. */
    public double positive(String key, double otherwise) {
        return has(key) ? positive(key) : otherwise;
    }

    /** The text at {@code key}. */
    public String text(String key) {
        JsonNode value = value(key);
        if (!value.isTextual()) {
            throw wrong(key, "a text", value);
        }
        return value.textValue();
    }

    /** The truth value at {@code key}, or {@code otherwise} where there is none. */
    public boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode value = value(key);
        if (!value.isBoolean()) {
            throw wrong(key, "true or false", value);
        }
        return value.booleanValue();
    }

    /** The whole numbers at {@code key}, which may be one or a list; none where there is nothing. */
    public Set<Integer> integers(String key) {
        Set<Integer> found = new TreeSet<>();
        if (has(key)) {
            JsonNode value = value(key);
            for (JsonNode one : value.isArray() ? value : JSON.createArrayNode().add(value)) {
                if (!one.isIntegralNumber() || !one.canConvertToInt()) {
                    throw wrong(key, "a whole number or a list of them", value);
                }
                found.add(one.intValue());
            }
        }
        return found;
    }

    /** Requires that the value at {@code key}, where there is one, is one of {@code allowed}, for which there is code. */
    public void require(String key, String... allowed) {
        if (has(key) && !List.of(allowed).contains(json.get(key).asText())) {
            throw wrong(key, String.join(" or ", allowed), json.get(key));
        }
    }

    private JsonNode value(String key) {
        if (!has(key)) {
            throw new InvalidFileException(file, "has no '" + key + "'");
        }
        return json.get(key);
    }

    /** A complaint about the value at {@code key}. */
    public InvalidFileException wrong(String key, String expected, Object found) {
        return new InvalidFileException(file, "'" + key + "' should be " + expected + ", but is " + found);
    }
}
