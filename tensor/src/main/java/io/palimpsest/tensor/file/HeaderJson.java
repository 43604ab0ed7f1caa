package io.palimpsest.tensor.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** JSON from strangers: strict UTF-8, no key twice, little depth, bounded names, numbers and strings. */
final class HeaderJson {

    private static final int DEEPEST = 8;
    private static final int LONGEST_NAME = 4096;
    private static final int LONGEST_NUMBER = 24;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNameLength(LONGEST_NAME)
                    .maxNumberLength(LONGEST_NUMBER)
                    .maxStringLength((int) SafetensorsHeader.LARGEST)
                    .build())
            .build();

    private HeaderJson() {}

    static JsonParser parser(byte[] utf8) throws IOException {
        return FACTORY.createParser(new InputStreamReader(
                new ByteArrayInputStream(utf8),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    static InvalidFileException invalid(Path file, String where, IOException e) {
        if (e instanceof JsonProcessingException json) {
            long column = json.getLocation() == null ? 0 : json.getLocation().getCharOffset();
            return new InvalidFileException(
                    file, where + ", character " + column + ": " + json.getOriginalMessage(), e);
        }
        return new InvalidFileException(file, where + " is not UTF-8 text", e);
    }

    static String say(@Nullable JsonToken token) {
        if (token == null) {
            return "the end";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "a truth value";
            case VALUE_NULL -> "null";
            default -> "'" + token.asString() + "'";
        };
    }
}
