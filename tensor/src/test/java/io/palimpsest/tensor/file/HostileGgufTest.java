package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostileGgufTest {

    private static final int MAGIC = 0x46554747;
    private static final int U32 = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int U64 = 10;
    private static final int F32 = 0;
    private static final int Q4_K = 12;
    private static final byte[] DATA = new byte[512]; // pads the header's end too

    @TempDir
    Path folder;

    static Stream<Arguments> files() {
        return Stream.of(
                of("version 1", "version 1", MAGIC, 1, 0, 0),
                of("version 4", "version 4", MAGIC, 4, 0L, 0L),
                of("big-endian", "big-endian", MAGIC, 3 << 24, 0L, 0L),
                of("only a magic", "goes on after the end", MAGIC),
                of("no counts", "goes on after the end", MAGIC, 3, 0L),
                of("immense tensor count", "announces 9223372036854775807 tensors", MAGIC, 3, Long.MAX_VALUE, 0L),
                of("negative tensor count", "announces 18446744073709551615 tensors", MAGIC, 3, -1L, 0L),
                of("immense pair count", "announces 1099511627776 metadata pairs", MAGIC, 3, 0L, 1L << 40),
                of("more pairs than bytes", "announces 40 metadata pairs", MAGIC, 3, 0L, 40L, DATA),
                pairs("key longer than the file", "announces 1000000 bytes", 1_000_000L),
                pairs("key of negative length", "announces 18446744073709551615 bytes", -1L),
                pairs("string longer than the file", "announces 1099511627776 bytes", "k", STRING, 1L << 40),
                pairs("unknown value type", "unknown value type 13", "k", 13, 0L),
                pairs("negative value type", "unknown value type 4294967295", "k", -1, 0L),
                pairs("truth value 2", "truth value 2", "k", BOOL, (byte) 2),
                pairs("array longer than the file", "announces 1099511627776 elements", "k", ARRAY, U32, 1L << 40),
                pairs("array whose bytes overflow", "elements of metadata 'k'", "k", ARRAY, U64, (1L << 61) + 1),
                pairs("array of unknown type", "unknown value type 99", "k", ARRAY, 99, 1L),
                pairs("arrays nest", "deeper than 4", nested(5)),
                pairs("alignment 0", "power of two", "general.alignment", U32, 0),
                pairs("alignment 24", "power of two", "general.alignment", U32, 24),
                pairs("alignment 2^31", "power of two", "general.alignment", U32, 1 << 31),
                pairs("alignment is a string", "power of two", "general.alignment", STRING, "32"),
                of("key twice", "'k' twice", MAGIC, 3, 0L, 2L, "k", U32, 1, "k", U32, 2, DATA),
                tensors("unknown tensor type", "unknown type 4", "x", 1, 8L, 4, 0L),
                tensors("negative tensor type", "unknown type 4294967295", "x", 1, 8L, -1, 0L),
                tensors("5 dimensions", "5 dimensions", "x", 5, 1L, 1L, 1L, 1L, 8L, F32, 0L),
                tensors("2^31 dimensions", "2147483648 dimensions", "x", 1 << 31, 8L, F32, 0L),
                tensors("negative length", "the length 18446744073709551615", "x", 1, -1L, F32, 0L),
                tensors("product overflows", "too large", "x", 2, 1L << 32, 1L << 32, F32, 0L),
                tensors("product wraps to 0", "too large", "x", 3, 1L << 30, 1L << 30, 1L << 4, F32, 0L),
                tensors("empty but immense", "too large", "x", 3, 0L, 1L << 40, 1L << 40, F32, 0L),
                tensors("bytes overflow", "too large", "x", 1, 1L << 61, F32, 0L),
                tensors("row is no whole block", "no multiple of 256", "x", 1, 128L, Q4_K, 0L),
                tensors("offset not aligned", "no multiple of the alignment 32", "x", 1, 8L, F32, 8L),
                tensors("negative offset", "no multiple of the alignment", "x", 1, 8L, F32, -32L),
                tensors("offset beyond the file", "only", "x", 1, 8L, F32, 1L << 40),
                tensors("offset that overflows", "only", "x", 1, 8L, F32, Long.MAX_VALUE - 31),
                tensors("longer than the file", "only", "x", 1, 1L << 20, F32, 0L),
                of(
                        "tensor twice",
                        "tensor 'x' twice",
                        list(MAGIC, 3, 2L, 0L, tensor("x", 8L, F32, 0L), tensor("x", 8L, F32, 32L), DATA)),
                of(
                        "tensors overlap",
                        "overlaps",
                        list(MAGIC, 3, 2L, 0L, tensor("x", 16L, F32, 0L), tensor("y", 8L, F32, 32L), DATA)),
                of("name is not UTF-8", "not UTF-8", MAGIC, 3, 1L, 0L, 1L, (byte) 0xC3, 1, 8L, F32, 0L, DATA));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void a_header_that_lies_is_refused(String lie, String message, Object[] values) {
        Path file = HostileFile.gguf(folder, values);
        assertThatThrownBy(() -> Gguf.open(file))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContainingAll("hostile.gguf", message);
    }

    @Test
    void the_same_headers_without_the_lie_are_accepted() {
        Path file = HostileFile.gguf(folder, list(MAGIC, 3, 1L, 1L, list(nested(4)), tensor("x", 8L, F32, 32L), DATA));
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.info("x").shape()).containsExactly(8);
            assertThat(gguf.metadata()).containsEntry("k", List.of(List.of(List.of(List.of()))));
        }
    }

    @Test
    void numbers_above_2_to_the_63_are_kept() {
        Path file = HostileFile.gguf(folder, MAGIC, 3, 0L, 1L, "k", U64, -1L);
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.metadata().get("k")).hasToString("18446744073709551615");
            assertThatThrownBy(() -> gguf.integer("k")).isExactlyInstanceOf(InvalidFileException.class);
        }
    }

    @Test
    void another_magic_is_refused() {
        Path file = HostileFile.gguf(folder, 0x47475546, 3, 0L, 0L);
        assertThatThrownBy(() -> Gguf.open(file))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContaining("letters GGUF");
    }

    private static Arguments of(String lie, String message, Object... values) {
        return Arguments.of(lie, message, values);
    }

    /** A file of one pair. */
    private static Arguments pairs(String lie, String message, Object... pair) {
        return of(lie, message, list(MAGIC, 3, 0L, 1L, pair, DATA));
    }

    /** A file of one tensor. */
    private static Arguments tensors(String lie, String message, Object... tensor) {
        return of(lie, message, list(MAGIC, 3, 1L, 0L, tensor, DATA));
    }

    private static Object[] tensor(String name, long length, int type, long offset) {
        return list(name, 1, length, type, offset);
    }

    /** A pair whose value is an empty list in a list, {@code depth} deep. */
    private static Object[] nested(int depth) {
        List<Object> pair = new ArrayList<>(List.of("k", ARRAY));
        for (int i = 1; i < depth; i++) {
            pair.addAll(List.of(ARRAY, 1L));
        }
        pair.addAll(List.of(U32, 0L));
        return pair.toArray();
    }

    private static Object[] list(Object... parts) {
        List<Object> all = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof Object[] several) {
                all.addAll(Arrays.asList(several));
            } else {
                all.add(part);
            }
        }
        return all.toArray();
    }
}
