package io.palimpsest.training.data;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * Examples on disk, read one at a time wherever they are asked for: a list that needs no memory, so that text of any size can
 * be drawn in any order.
 *
 * <p>Two files: {@code NAME.ids} holds all token ids as 32-bit numbers, {@code NAME.index} for each example the place of its
 * first id, as 64 bits, and its first learnt position, as 32. Both are big-endian and written beside their places first; the
 * index is moved last, so that it stands for the whole.
 */
public final class ExampleStore extends AbstractList<Example> implements RandomAccess, Closeable {

    private static final int ENTRY = Long.BYTES + Integer.BYTES;

    private final FileChannel ids;
    private final FileChannel index;
    private final int size;
    private final long end;

    private ExampleStore(Path folder, String name) throws IOException {
        ids = FileChannel.open(folder.resolve(name + ".ids"), StandardOpenOption.READ);
        index = FileChannel.open(folder.resolve(name + ".index"), StandardOpenOption.READ);
        size = Math.toIntExact(index.size() / ENTRY);
        end = ids.size() / Integer.BYTES;
    }

    /** Whether the store called {@code name} has been written to its end. */
    public static boolean exists(Path folder, String name) {
        return Files.exists(folder.resolve(name + ".index"));
    }

    /** Opens the store called {@code name}. */
    public static ExampleStore open(Path folder, String name) {
        try {
            return new ExampleStore(folder, name);
        } catch (IOException e) {
            throw new UncheckedIOException("the examples " + folder.resolve(name) + " cannot be opened", e);
        }
    }

    @Override
    public Example get(int i) {
        ByteBuffer entry = read(index, (long) i * ENTRY, ENTRY);
        long from = entry.getLong();
        int start = entry.getInt();
        long to = i + 1 < size ? read(index, (i + 1L) * ENTRY, Long.BYTES).getLong() : end;
        int[] all = new int[Math.toIntExact(to - from)];
        read(ids, from * Integer.BYTES, all.length * Integer.BYTES)
                .asIntBuffer()
                .get(all);
        return new Example(all, start);
    }

    @Override
    public int size() {
        return size;
    }

    /** Positioned reads: neither file has a place that an interrupted read could leave wrong. */
    private static ByteBuffer read(FileChannel file, long at, int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        try {
            while (buffer.hasRemaining()) {
                if (file.read(buffer, at + buffer.position()) < 0) {
                    throw new EOFException("it ends before byte " + (at + bytes));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the stored examples cannot be read", e);
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        ids.close();
        index.close();
    }

    /** Writes a store. */
    public static final class Writer implements Closeable {
        private final Path folder;
        private final String name;
        private final DataOutputStream ids;
        private final DataOutputStream index;
        private long written;

        /** Begins the store called {@code name}; it exists once {@link #finish} has been called. */
        public Writer(Path folder, String name) throws IOException {
            this.folder = Files.createDirectories(folder);
            this.name = name;
            ids = output(part("ids"));
            index = output(part("index"));
        }

        private static DataOutputStream output(Path file) throws IOException {
            return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        }

        private Path part(String ending) {
            return folder.resolve("." + name + "." + ending + ".part");
        }

        /** Adds an example. */
        public void add(Example example) throws IOException {
            index.writeLong(written);
            index.writeInt(example.start());
            for (int id : example.ids()) {
                ids.writeInt(id);
            }
            written += example.ids().length;
        }

        /** Puts the store in its place. */
        public void finish() throws IOException {
            close();
            Files.move(part("ids"), folder.resolve(name + ".ids"), StandardCopyOption.REPLACE_EXISTING);
            Files.move(part("index"), folder.resolve(name + ".index"), StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void close() throws IOException {
            ids.close();
            index.close();
        }
    }
}
