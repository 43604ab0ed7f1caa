package io.palimpsest.tensor.file;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** A safetensors file: named tensors behind a JSON header (huggingface/safetensors, format of July 2023). */
public final class Safetensors implements TensorFile {

    private final FileBytes bytes;
    private final SafetensorsHeader header;

    private Safetensors(FileBytes bytes, SafetensorsHeader header) {
        this.bytes = bytes;
        this.header = header;
    }

    /** Opens a file and checks its header. */
    public static Safetensors open(Path file) {
        FileBytes bytes = FileBytes.open(file);
        try {
            return new Safetensors(bytes, SafetensorsHeader.read(bytes));
        } catch (RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    /** Opens the files that a {@code model.safetensors.index.json} lists as one. */
    public static ShardedSafetensors openSharded(Path index) {
        return ShardedSafetensors.open(index);
    }

    /**
     * Writes {@code tensors} to {@code file}, wider types first, then by name, so that each is aligned. The file appears
     * complete or not at all: it is written beside its place and moved there.
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors, metadata);
    }

    @Override
    public Path path() {
        return bytes.file();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The strings under {@code __metadata__}. */
    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Tensor read(String name) {
        TensorInfo info = info(name);
        return bytes.tensor(info.offset(), dtype(info), info.shape());
    }

    private DType dtype(TensorInfo info) {
        return Arrays.stream(DType.values())
                .filter(type -> type.name().equals(info.type()))
                .findFirst()
                .orElseThrow(() -> new InvalidFileException(
                        path(),
                        "tensor '" + info.name() + "' has type " + info.type() + "; this reader knows "
                                + Arrays.toString(DType.values())));
    }

    @Override
    public void close() {
        bytes.close();
    }
}
