package io.palimpsest.tensor.file;

import io.palimpsest.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * An open file of named tensors.
 *
 * <p>The header has been read and checked; weights are read when they are asked for. Tensors handed out stay valid after
 * the file is closed.
 */
public sealed interface TensorFile extends AutoCloseable permits Safetensors, ShardedSafetensors, Gguf {

    /** Opens a safetensors file, the index of a sharded one, or a GGUF file; the first bytes decide, not the name. */
    static TensorFile open(Path file) {
        try (FileBytes bytes = FileBytes.open(file)) {
            if (Gguf.recognises(bytes)) {
                return Gguf.open(file);
            }
            return ShardedSafetensors.recognises(bytes) ? ShardedSafetensors.open(file) : Safetensors.open(file);
        }
    }

    /** The file; of a sharded one its index. */
    Path path();

    /** The tensors in it, by name, in the order of the file. */
    Map<String, TensorInfo> tensors();

    /** What the format lets a writer note beside the tensors; read-only. */
    Map<String, ?> metadata();

    /**
     * The tensor called {@code name}: in its stored type where libtorch has it (a view of the mapped file where it is
     * aligned, else a copy), dequantised to F32 where it is quantised. Its handle belongs to the caller's scope.
     */
    Tensor read(String name);

    /** The names of the tensors, in the order of the file. */
    default List<String> names() {
        return List.copyOf(tensors().keySet());
    }

    /** Whether there is a tensor called {@code name}. */
    default boolean has(String name) {
        return tensors().containsKey(name);
    }

    /** The description of the tensor called {@code name}. */
    default TensorInfo info(String name) {
        TensorInfo info = tensors().get(name);
        if (info == null) {
            throw unknown(path(), name, tensors().keySet());
        }
        return info;
    }

    @Override
    void close();

    private static InvalidFileException unknown(Path file, String name, Collection<String> names) {
        List<String> near = NearNames.of(name, names);
        String hint = near.isEmpty() ? "" : "; near it are " + String.join(", ", near);
        return new InvalidFileException(
                file, "there is no tensor '" + name + "' among its " + names.size() + " tensors" + hint);
    }
}
