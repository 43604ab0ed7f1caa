package io.palimpsest.tensor.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The checked header of a safetensors file. Refuses what the reference implementation refuses. */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {

    static final long LARGEST = 100_000_000; // the reference implementation's limit
    private static final int MOST_DIMENSIONS = 16;
    private static final String METADATA = "__metadata__";

    /** Bits of an element. Types that libtorch's binding lacks are known here so that files with them can be listed. */
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("F4", 4),
            Map.entry("F6_E2M3", 6),
            Map.entry("F6_E3M2", 6),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64),
            Map.entry("C64", 64));

    static SafetensorsHeader read(FileBytes bytes) {
        Path file = bytes.file();
        if (bytes.size() < 8) {
            throw new InvalidFileException(
                    file,
                    "it has " + bytes.size() + " bytes, too few for a safetensors or GGUF file; download it again");
        }
        long length = bytes.longAt(0);
        if (length < 2 || length > LARGEST || !bytes.holds(8, length)) {
            throw new InvalidFileException(
                    file,
                    "the first 8 bytes of a safetensors file are the length of its header, at most " + LARGEST
                            + "; found " + Long.toUnsignedString(length) + " in a file of " + bytes.size()
                            + " bytes. It is no safetensors file or was not downloaded completely");
        }
        return new Parser(file, 8 + length, bytes.size()).parse(bytes.copy(8, (int) length));
    }

    private static final class Parser {
        private final Path file;
        private final long dataStart;
        private final long fileSize;
        private final List<TensorInfo> tensors = new ArrayList<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Parser(Path file, long dataStart, long fileSize) {
            this.file = file;
            this.dataStart = dataStart;
            this.fileSize = fileSize;
        }

        SafetensorsHeader parse(byte[] json) {
            if (json[0] != '{') {
                throw invalid("the header must start with '{'; found byte " + (json[0] & 0xFF));
            }
            try (JsonParser parser = HeaderJson.parser(json)) {
                parser.nextToken();
                entries(parser);
                if (parser.nextToken() != null) {
                    throw invalid("something follows the header's JSON object");
                }
            } catch (IOException e) {
                throw HeaderJson.invalid(file, "header", e);
            }
            return checked();
        }

        private void entries(JsonParser json) throws IOException {
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                if (name.equals(METADATA)) {
                    metadata(json);
                } else {
                    tensors.add(tensor(name, json));
                }
            }
        }

        private void metadata(JsonParser json) throws IOException {
            expect(json, JsonToken.START_OBJECT, METADATA);
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                json.nextToken();
                expect(json, JsonToken.VALUE_STRING, METADATA + "." + key);
                metadata.put(key, json.getText());
            }
        }

        private TensorInfo tensor(String name, JsonParser json) throws IOException {
            expect(json, JsonToken.START_OBJECT, name);
            String type = null;
            long[] shape = null;
            long[] range = null;
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                json.nextToken();
                switch (key) {
                    case "dtype" -> type = string(json, name + ".dtype");
                    case "shape" -> shape = numbers(json, name + ".shape", MOST_DIMENSIONS);
                    case "data_offsets" -> range = numbers(json, name + ".data_offsets", 2);
                    default -> throw invalid("tensor '" + name + "' has an unknown field '" + key + "'");
                }
            }
            return tensor(
                    name,
                    present(type, name, "dtype"),
                    present(shape, name, "shape"),
                    present(range, name, "data_offsets"));
        }

        private TensorInfo tensor(String name, String type, long[] shape, long[] range) {
            if (range.length != 2 || range[0] > range[1]) {
                throw invalid("data_offsets of tensor '" + name + "' must be a begin and an end; found "
                        + Arrays.toString(range));
            }
            if (range[1] > fileSize - dataStart) {
                throw invalid("tensor '" + name + "' should end at byte " + range[1] + " of the data, but only "
                        + (fileSize - dataStart) + " bytes follow the header; the file was not downloaded completely");
            }
            long needed = bytes(name, type, shape);
            if (needed != range[1] - range[0]) {
                throw invalid("tensor '" + name + "' of type " + type + " and shape " + Arrays.toString(shape)
                        + " needs " + needed + " bytes, but its data_offsets span " + (range[1] - range[0]));
            }
            return new TensorInfo(name, type, shape, dataStart + range[0], needed);
        }

        private long bytes(String name, String type, long[] shape) {
            Integer bits = BITS.get(type);
            if (bits == null) {
                throw invalid("tensor '" + name + "' has the unknown dtype '" + type + "'");
            }
            try {
                long extent = bits; // also of an empty tensor: its strides must not overflow either
                for (long length : shape) {
                    extent = Math.multiplyExact(extent, Math.max(length, 1));
                }
                if (extent % 8 != 0) {
                    throw invalid("tensor '" + name + "' does not end at a whole byte");
                }
                return Arrays.stream(shape).anyMatch(length -> length == 0) ? 0 : extent / 8;
            } catch (ArithmeticException e) {
                throw new InvalidFileException(
                        file, "the shape " + Arrays.toString(shape) + " of tensor '" + name + "' is too large", e);
            }
        }

        /** The tensors must cover the data exactly, in whatever order the header lists them. */
        private SafetensorsHeader checked() {
            tensors.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
            long end = dataStart;
            Map<String, TensorInfo> byName = new LinkedHashMap<>();
            for (TensorInfo tensor : tensors) {
                if (tensor.offset() != end) {
                    throw invalid("tensor '" + tensor.name() + "' starts at byte " + tensor.offset()
                            + " of the file, but the one before it ends at " + end
                            + ": tensors must neither overlap nor leave holes");
                }
                end += tensor.bytes();
                byName.put(tensor.name(), tensor);
            }
            if (end != fileSize) {
                throw invalid("the tensors end at byte " + end + ", but the file has " + fileSize + " bytes");
            }
            return new SafetensorsHeader(Collections.unmodifiableMap(byName), Collections.unmodifiableMap(metadata));
        }

        private String string(JsonParser json, String where) throws IOException {
            expect(json, JsonToken.VALUE_STRING, where);
            return json.getText();
        }

        private long[] numbers(JsonParser json, String where, int most) throws IOException {
            expect(json, JsonToken.START_ARRAY, where);
            long[] numbers = new long[most];
            int n = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                expect(json, JsonToken.VALUE_NUMBER_INT, where);
                if (n == most) {
                    throw invalid(where + " has more than " + most + " numbers");
                }
                numbers[n] = json.getLongValue();
                if (numbers[n++] < 0) {
                    throw invalid(where + " holds the negative number " + numbers[n - 1]);
                }
            }
            return Arrays.copyOf(numbers, n);
        }

        private void expect(JsonParser json, JsonToken expected, String where) {
            if (json.currentToken() != expected) {
                throw invalid("expected " + HeaderJson.say(expected) + " at '" + where + "' of the header; found "
                        + HeaderJson.say(json.currentToken()));
            }
        }

        private <T> T present(@Nullable T field, String name, String key) {
            if (field == null) {
                throw invalid("tensor '" + name + "' has no " + key);
            }
            return Objects.requireNonNull(field);
        }

        private InvalidFileException invalid(String what) {
            return new InvalidFileException(file, what);
        }
    }
}
