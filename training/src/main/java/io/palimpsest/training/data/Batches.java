package io.palimpsest.training.data;

import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * An endless stream of batches: all examples in a shuffled order, then all again in another. Seed and epoch alone decide
 * the order, so that any batch can be had without those before it and a resumed run goes on where it stopped.
 */
public final class Batches {

    private final List<Example> examples;
    private final int size;
    private final Seed seed;
    private long epoch = -1;
    private int[] order = new int[0];

    /** @param examples read whenever they are drawn, and never changed: a list in memory or an {@link ExampleStore} */
    public Batches(List<Example> examples, int size, Seed seed) {
        if (examples.isEmpty() || size < 1) {
            throw new IllegalArgumentException("batches need at least one example and a size of at least 1; got "
                    + examples.size() + " examples and size " + size);
        }
        this.examples = examples;
        this.size = size;
        this.seed = seed;
    }

    /** The batch at {@code index}, from 0. */
    public List<Example> at(long index) {
        List<Example> batch = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            long position = index * size + i;
            long wanted = position / examples.size();
            if (wanted != epoch) {
                epoch = wanted;
                order = order(wanted);
            }
            batch.add(examples.get(order[(int) (position % examples.size())]));
        }
        return batch;
    }

    /** The shuffle of Fisher and Yates. */
    private int[] order(long number) {
        Seed own = seed.child(number);
        int[] all = IntStream.range(0, examples.size()).toArray();
        for (int i = all.length - 1; i > 0; i--) {
            int j = own.below(i + 1);
            int kept = all[i];
            all[i] = all[j];
            all[j] = kept;
        }
        return all;
    }

    /** A number that changes with the examples, their order, the size and the seed. */
    public long fingerprint() {
        CRC32 sum = new CRC32();
        for (Example example : examples) {
            update(sum, example.start());
            for (int id : example.ids()) {
                update(sum, id);
            }
        }
        return sum.getValue() * 31 * 31 + size * 31L + seed.value();
    }

    private static void update(CRC32 sum, int value) {
        sum.update(value);
        sum.update(value >>> 8);
        sum.update(value >>> 16);
        sum.update(value >>> 24);
    }
}
