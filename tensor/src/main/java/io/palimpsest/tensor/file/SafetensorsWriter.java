package io.palimpsest.tensor.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes a safetensors file beside its place and moves it there. */
final class SafetensorsWriter {

    private static final long CHUNK = 1 << 22; // elements copied out of native memory at a time

    private SafetensorsWriter() {}

    static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        List<Map.Entry<String, Tensor>> ordered = inOrder(tensors);
        try {
            Path folder = file.toAbsolutePath().getParent();
            Path part = Files.createTempFile(folder, "." + file.getFileName(), ".part");
            try {
                write(part, header(ordered, metadata), ordered);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    /** Wider types first: with the data at a multiple of 8, each tensor then lies at a multiple of its element's size. */
    private static List<Map.Entry<String, Tensor>> inOrder(Map<String, Tensor> tensors) {
        Comparator<Map.Entry<String, Tensor>> widest =
                Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes());
        return tensors.entrySet().stream()
                .sorted(widest.thenComparing(Map.Entry.comparingByKey()))
                .toList();
    }

    private static byte[] header(List<Map.Entry<String, Tensor>> tensors, Map<String, String> metadata)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                metadata(json, metadata);
            }
            long end = 0;
            for (Map.Entry<String, Tensor> entry : tensors) {
                end = describe(json, entry.getKey(), entry.getValue(), end);
            }
            json.writeEndObject();
        }
        while (out.size() % 8 != 0) {
            out.write(' ');
        }
        return out.toByteArray();
    }

    private static void metadata(JsonGenerator json, Map<String, String> metadata) throws IOException {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static long describe(JsonGenerator json, String name, Tensor tensor, long begin) throws IOException {
        if (name.equals("__metadata__")) {
            throw new IllegalArgumentException("a tensor must not be called __metadata__");
        }
        long end = begin + tensor.numel() * tensor.dtype().bytes();
        json.writeObjectFieldStart(name);
        json.writeStringField("dtype", tensor.dtype().name());
        json.writeFieldName("shape");
        json.writeArray(tensor.shape(), 0, tensor.dim());
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {begin, end}, 0, 2);
        json.writeEndObject();
        return end;
    }

    private static void write(Path part, byte[] header, List<Map.Entry<String, Tensor>> tensors) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
            write(channel, length);
            write(channel, ByteBuffer.wrap(header));
            for (Map.Entry<String, Tensor> entry : tensors) {
                write(channel, entry.getValue());
            }
            channel.force(true);
        }
    }

    private static void write(FileChannel channel, Tensor tensor) throws IOException {
        for (long start = 0; start < tensor.numel(); start += CHUNK) {
            try (Scope memory = Scope.inference()) {
                long count = Math.min(CHUNK, tensor.numel() - start);
                Tensor flat = tensor.contiguous().view(-1);
                write(channel, ByteBuffer.wrap(flat.narrow(0, start, count).toBytes()));
            }
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
