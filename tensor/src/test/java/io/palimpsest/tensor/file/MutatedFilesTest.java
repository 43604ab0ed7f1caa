package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever bytes a file holds, it opens and reads, or it is refused: nothing else is thrown, and little is allocated. */
class MutatedFilesTest {

    private static final int MUTATIONS = 6_000; // of each format
    private static final long SEED = 20_261_123;
    private static final long MOST_BYTES = 64L << 20;
    private static final long[] ODD_NUMBERS = {
        0, 1, -1, 31, 1 << 20, 1L << 31, (1L << 32) + 1, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, -32
    };

    @TempDir
    Path folder;

    private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int accepted;

    @Test
    void mutated_safetensors_files_are_read_or_refused() {
        Path file = folder.resolve("sound.safetensors");
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> tensors = Map.of(
                    "model.layers.0.weight", Tensor.zeros(DType.BF16, 4, 3),
                    "bias", Tensor.ones(7),
                    "ids", Tensor.ids(new int[] {1, 2, 3}),
                    "mask", Tensor.of(new boolean[] {true, false}),
                    "empty", Tensor.zeros(0, 2));
            Safetensors.write(file, tensors, Map.of("format", "pt"));
        }
        byte[] sound = contents(file);
        mutate(
                sound,
                8 + (int) ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }

    @Test
    void mutated_gguf_files_are_read_or_refused() {
        byte[] sound = Resources.bytes("golden.gguf");
        try (Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder))) {
            mutate(sound, (int) gguf.info("f32").offset());
        }
    }

    private static byte[] contents(Path file) {
        try (FileBytes bytes = FileBytes.open(file)) {
            return bytes.copy(0, (int) bytes.size());
        }
    }

    private void mutate(byte[] sound, int headerLength) {
        check(sound, -1);
        Random random = new Random(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = sound;
            for (int n = random.nextInt(3); n >= 0; n--) {
                mutated = mutation(mutated, Math.min(headerLength, mutated.length), random);
            }
            check(mutated, i);
        }
        assertThat(accepted)
                .as("mutations that reach the reading of tensors")
                .isBetween(MUTATIONS / 100, MUTATIONS / 2);
    }

    private static byte[] mutation(byte[] in, int header, Random random) {
        int at = random.nextInt(header);
        return switch (random.nextInt(6)) {
            case 0 -> with(in, at, (byte) (in[at] ^ 1 << random.nextInt(8)));
            case 1 -> with(in, at, (byte) random.nextInt(256));
            case 2 -> Arrays.copyOf(in, 1 + random.nextInt(in.length));
            case 3 -> number(in, at, random);
            case 4 -> spliced(in, at, random.nextInt(header), random.nextInt(32));
            default -> digit(in, at, random);
        };
    }

    private static byte[] with(byte[] in, int at, byte value) {
        byte[] out = in.clone();
        out[at] = value;
        return out;
    }

    /** An odd number over 4 or 8 bytes, at times where a length stands. */
    private static byte[] number(byte[] in, int at, Random random) {
        byte[] out = in.clone();
        ByteBuffer buffer = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
        int place = Math.max(0, Math.min(random.nextInt(4) == 0 ? 8 * random.nextInt(3) : at, in.length - 8));
        if (in.length >= 8) {
            long value = ODD_NUMBERS[random.nextInt(ODD_NUMBERS.length)];
            if (random.nextBoolean()) {
                buffer.putLong(place, value);
            } else {
                buffer.putInt(place, (int) value);
            }
        }
        return out;
    }

    /** Bytes from elsewhere in the file put in at {@code at}; those that follow move on. */
    private static byte[] spliced(byte[] in, int at, int from, int length) {
        int n = Math.min(length, in.length - from);
        ByteBuffer out = ByteBuffer.allocate(in.length + n);
        return out.put(in, 0, at).put(in, from, n).put(in, at, in.length - at).array();
    }

    /** The next digit after {@code at} replaced by another, so that JSON stays JSON; a byte where there is none. */
    private static byte[] digit(byte[] in, int at, Random random) {
        for (int i = at; i < Math.min(in.length, at + 64); i++) {
            if (in[i] >= '0' && in[i] <= '9') {
                return with(in, i, (byte) ('0' + random.nextInt(10)));
            }
        }
        return with(in, at, (byte) random.nextInt());
    }

    /** A negative {@code i} warms up: the classes that are loaded then do not count. */
    private void check(byte[] mutated, int i) {
        Path file = Resources.write(folder.resolve("mutated-" + i), mutated);
        long before = thread.getThreadAllocatedBytes(Thread.currentThread().getId());
        try (Scope memory = Scope.inference();
                TensorFile open = TensorFile.open(file)) {
            open.names().forEach(open::read);
            accepted++;
        } catch (InvalidFileException e) {
            assertThat(e).hasMessageStartingWith(file + ": ").hasMessageNotContaining("\n");
        } catch (RuntimeException | Error e) {
            fail("mutation " + i + " of seed " + SEED + ": " + HexFormat.of().formatHex(mutated), e);
        }
        long allocated = thread.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(i < 0 ? 0 : allocated)
                .as("bytes allocated for mutation %d of seed %d", i, SEED)
                .isLessThan(MOST_BYTES);
        assertThat(file.toFile().delete()).isTrue(); // overwriting one file instead would wait for the disk
    }
}
