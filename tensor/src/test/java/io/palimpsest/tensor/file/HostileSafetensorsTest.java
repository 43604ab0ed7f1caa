package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostileSafetensorsTest {

    @TempDir
    Path folder;

    static Stream<Arguments> headers() { // each with the 8 bytes of data that a sound header would describe
        return Stream.of(
                Arguments.of("no such type", tensor("F31", "[2]", "[0,8]"), "unknown dtype 'F31'"),
                Arguments.of(
                        "type is no string", "{\"x\":{\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]}}", "a string"),
                Arguments.of("negative length", tensor("F32", "[-2]", "[0,8]"), "negative number -2"),
                Arguments.of("fraction as length", tensor("F32", "[2.0]", "[0,8]"), "found a fraction"),
                Arguments.of("length beyond 64 bits", tensor("F32", "[36893488147419103232]", "[0,8]"), "out of range"),
                Arguments.of("digits without end", tensor("F32", "[" + "1".repeat(2000) + "]", "[0,8]"), "Number"),
                Arguments.of("product overflows", tensor("F32", "[4294967296,4294967296]", "[0,8]"), "too large"),
                Arguments.of(
                        "product wraps to the right size",
                        tensor("U8", "[4,4611686018427387906]", "[0,8]"),
                        "too large"),
                Arguments.of("empty but immense", tensor("F32", "[0,4611686018427387904,4]", "[0,0]"), "too large"),
                Arguments.of(
                        "too many dimensions", tensor("F32", "[2" + ",1".repeat(16) + "]", "[0,8]"), "more than 16"),
                Arguments.of("end before begin", tensor("F32", "[2]", "[8,0]"), "a begin and an end"),
                Arguments.of("negative begin", tensor("F32", "[2]", "[-8,0]"), "negative number -8"),
                Arguments.of("three offsets", tensor("F32", "[2]", "[0,4,8]"), "more than 2 numbers"),
                Arguments.of("one offset", tensor("F32", "[2]", "[8]"), "a begin and an end"),
                Arguments.of("beyond the data", tensor("F32", "[4]", "[0,16]"), "only 8 bytes follow the header"),
                Arguments.of(
                        "far beyond the data",
                        tensor("U8", "[2]", "[9223372036854775805,9223372036854775807]"),
                        "only 8"),
                Arguments.of("bytes differ from shape", tensor("F32", "[1]", "[0,8]"), "needs 4 bytes"),
                Arguments.of("half a byte", tensor("F4", "[3]", "[0,8]"), "whole byte"),
                Arguments.of("hole before", tensor("F32", "[1]", "[4,8]"), "neither overlap nor leave holes"),
                Arguments.of("hole after", tensor("F32", "[1]", "[0,4]"), "the file has"),
                Arguments.of("no tensor at all", "{}", "the file has"),
                Arguments.of("overlap", two("[1]", "[0,4]", "[2]", "[0,8]"), "neither overlap nor leave holes"),
                Arguments.of("shared bytes", two("[2]", "[0,8]", "[2]", "[0,8]"), "neither overlap nor leave holes"),
                Arguments.of(
                        "the same name twice",
                        "{\"x\":" + body("F32", "[1]", "[0,4]") + ",\"x\":" + body("F32", "[1]", "[4,8]") + "}",
                        "Duplicate"),
                Arguments.of("no shape", "{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "has no shape"),
                Arguments.of("no type", "{\"x\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "has no dtype"),
                Arguments.of("no offsets", "{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}", "has no data_offsets"),
                Arguments.of(
                        "unknown field",
                        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"y\":1}}",
                        "unknown field 'y'"),
                Arguments.of("tensor is a list", "{\"x\":[]}", "expected an object at 'x'"),
                Arguments.of("metadata is a number", "{\"__metadata__\":{\"a\":1}}", "expected a string"),
                Arguments.of("metadata nests", "{\"__metadata__\":{\"a\":{}}}", "expected a string"),
                Arguments.of(
                        "shape nests without end",
                        tensor("F32", "[".repeat(100_000), "[0,8]"),
                        "expected a whole number"),
                Arguments.of("not an object", "[]", "must start with '{'"),
                Arguments.of("not closed", "{\"x\":", "header"),
                Arguments.of("something follows", tensor("F32", "[2]", "[0,8]") + "{}", "something follows"),
                Arguments.of("name too long", "{\"" + "x".repeat(100_000) + "\":1}", "Name"),
                Arguments.of("no JSON", "{GGUF}", "header"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void a_header_that_lies_is_refused(String lie, String header, String message) {
        Path file = HostileFile.safetensors(folder, header, new byte[8]);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContainingAll("hostile.safetensors", message)
                .hasMessageNotContainingAny("\n", "\r");
    }

    private static String tensor(String type, String shape, String offsets) {
        return "{\"x\":" + body(type, shape, offsets) + "}";
    }

    private static String two(String shapeA, String offsetsA, String shapeB, String offsetsB) {
        return "{\"a\":" + body("F32", shapeA, offsetsA) + ",\"b\":" + body("F32", shapeB, offsetsB) + "}";
    }

    private static String body(String type, String shape, String offsets) {
        return "{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    @Test
    void a_length_that_does_not_fit_is_refused() {
        for (long length : new long[] {0, 1, 17, 100_000_001, Integer.MAX_VALUE, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            Path file = Resources.write(folder.resolve("f"), HostileFile.littleEndian(length, 0, 0));
            assertThatThrownBy(() -> Safetensors.open(file))
                    .as("length %d", length)
                    .isExactlyInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("the length of its header", "24 bytes");
        }
    }

    @Test
    void a_header_must_be_utf8_and_nothing_else() {
        String header = tensor("F32", "[2]", "[0,8]");
        byte[] broken = header.getBytes(StandardCharsets.UTF_8);
        broken[2] = (byte) 0xC3;
        assertThatThrownBy(() -> Safetensors.open(HostileFile.safetensors(folder, broken, new byte[8])))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContaining("not UTF-8");
        byte[] wide = header.getBytes(StandardCharsets.UTF_16LE);
        assertThatThrownBy(() -> Safetensors.open(HostileFile.safetensors(folder, wide, new byte[8])))
                .isExactlyInstanceOf(InvalidFileException.class);
    }

    @Test
    void empty_missing_and_short_files_and_folders_are_refused() {
        assertThatThrownBy(() -> TensorFile.open(folder.resolve("missing")))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageEndingWith("missing: there is no such file");
        assertThatThrownBy(() -> TensorFile.open(folder))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContaining("found a folder");
        for (int length = 0; length < 8; length++) {
            Path file = Resources.write(folder.resolve("short"), new byte[length]);
            assertThatThrownBy(() -> TensorFile.open(file)).isExactlyInstanceOf(InvalidFileException.class);
        }
    }

    @Test
    void a_file_that_shrank_since_it_was_opened_is_refused() {
        Path file = HostileFile.safetensors(folder, tensor("F32", "[2]", "[0,8]"), new byte[8]);
        try (Safetensors open = Safetensors.open(file)) {
            Resources.write(file, new byte[4]);
            assertThatThrownBy(() -> open.read("x"))
                    .isExactlyInstanceOf(InvalidFileException.class)
                    .hasMessageContaining("has 4 now");
        }
    }

    @Test
    void control_characters_in_names_do_not_reach_the_message() {
        String header = "{\"a\\n\\u001b[31m\":{\"dtype\":\"no\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        assertThatThrownBy(() -> Safetensors.open(HostileFile.safetensors(folder, header, new byte[8])))
                .hasMessageContaining("tensor 'a?[31m'");
    }
}
