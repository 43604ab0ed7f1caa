package io.palimpsest.tensor.file;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file's bytes by position: copied out, or mapped as tensors. Each tensor has a mapping of its own, which goes with it: a
 * large file that is converted piece by piece never stands in memory as a whole.
 */
final class FileBytes implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final long size;

    private FileBytes(Path file, FileChannel channel, long size) {
        this.file = file;
        this.channel = channel;
        this.size = size;
    }

    static FileBytes open(Path file) {
        if (!Files.exists(file)) {
            throw new InvalidFileException(file, "there is no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file, "expected a file, found a folder or a device");
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new FileBytes(file, channel, channel.size());
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened", e);
        }
    }

    Path file() {
        return file;
    }

    /** The length of the file when it was opened. */
    long size() {
        return size;
    }

    /** Whether the file is long enough to hold {@code length} bytes at {@code offset}. */
    boolean holds(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
    }

    /** The unsigned 64-bit number at {@code offset}, as the signed one with its bits. */
    long longAt(long offset) {
        return ByteBuffer.wrap(copy(offset, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    byte[] copy(long offset, int length) {
        byte[] out = new byte[length];
        copyInto(out, offset, length);
        return out;
    }

    /** Copies {@code length} bytes from {@code offset}; safe from several threads at once. */
    void copyInto(byte[] out, long offset, int length) {
        ByteBuffer target = ByteBuffer.wrap(out, 0, length);
        try {
            while (target.hasRemaining()) {
                if (channel.read(target, offset + target.position()) < 0) {
                    throw new InvalidFileException(
                            file,
                            "it ends at byte " + (offset + target.position()) + ", before the " + length
                                    + " bytes that start at " + offset);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read at byte " + offset, e);
        }
    }

    /** Numbers of {@code type} that start at {@code offset}: a view of the mapped file where aligned, else a copy. */
    Tensor tensor(long offset, DType type, long... shape) {
        long elements = 1;
        for (long length : shape) {
            elements *= length;
        }
        if (elements == 0) {
            return Tensor.zeros(type, shape);
        }
        Tensor bytes = map().narrow(0, offset, elements * type.bytes());
        if (type == DType.BOOL) {
            return bytes.eq(0).logicalNot().view(shape).onDevice(); // a byte that is neither 0 nor 1 is no bool to C++
        }
        Tensor aligned = offset % type.bytes() == 0 ? bytes : bytes.copy();
        return aligned.viewAs(type).view(shape).onDevice();
    }

    private Tensor map() {
        try {
            if (Files.size(file) != size) {
                throw new InvalidFileException(
                        file, "it had " + size + " bytes when it was opened and has " + Files.size(file) + " now");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be mapped", e);
        }
        return Tensor.mapFile(file, size);
    }

    /** Tensors handed out keep their mappings alive. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
