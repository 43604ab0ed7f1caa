package io.palimpsest.training.objective;

import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/** Batches of texts that all have one length, padding included. */
final class EqualTexts {

    private EqualTexts() {}

    /** The tokens of all. */
    static Tensor ids(List<Example> batch) { // -> (B, T)
        int length = batch.get(0).ids().length;
        int[] ids = new int[batch.size() * length];
        for (int row = 0; row < batch.size(); row++) {
            int[] own = batch.get(row).ids();
            if (own.length != length) {
                throw new IllegalArgumentException(
                        "texts of one batch must have one length; got " + length + " tokens and " + own.length);
            }
            System.arraycopy(own, 0, ids, row * length, length);
        }
        return Tensor.ids(ids, batch.size(), length);
    }
}
