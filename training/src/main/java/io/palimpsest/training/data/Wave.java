package io.palimpsest.training.data;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Device;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Sequences that a model's autoregressive mode continues together, each by one token a step, with one attention call a layer.
 *
 * <p>Their keys and values lie in a rectangle of slots. Prompts are padded behind to the length of the longest; what is
 * written goes into the slots behind that, the same one for all sequences of a step. A mask hides the padding between, and
 * positions are counted without it, so that a sequence is what it would be alone, up to rounding.
 */
final class Wave implements AutoCloseable {

    /** Kernels read whole vectors: attention sees a multiple of so many slots. */
    private static final int MULTIPLE = 16;

    private final Llama body;
    private final List<int[]> prompts;
    private final int longest;
    private final DType type; // GPUs have units for products in bf16; processors are the faster in fp32
    private final List<Tensor> keys = new ArrayList<>(); // (B, Hkv, S, D) a layer
    private final List<Tensor> values = new ArrayList<>();
    private Tensor mask; // (B, 1, 1, S), added to the scores
    private int[] lengths;
    private int used;

    /**
     * A wave of {@code prompts} with room for {@code tokens} more behind each.
     *
     * @param prompts one or more, none of them empty
     */
    Wave(Llama body, List<int[]> prompts, int tokens) {
        this.body = body;
        type = Device.current() == Device.CPU ? DType.F32 : body.embedding().dtype();
        this.prompts = List.copyOf(prompts);
        lengths = prompts.stream().mapToInt(p -> p.length).toArray();
        longest = Arrays.stream(lengths).max().orElseThrow();
        Llama.Config c = body.config();
        int slots = padded(longest + tokens);
        for (int layer = 0; layer < c.layers(); layer++) {
            keys.add(Scope.keeping(() -> Tensor.zeros(type, lengths.length, c.kvHeads(), slots, c.headDim())));
            values.add(Scope.keeping(() -> Tensor.zeros(type, lengths.length, c.kvHeads(), slots, c.headDim())));
        }
        mask = Scope.keeping(
                () -> Tensor.of(hidden(slots), lengths.length, 1, 1, slots).to(type));
    }

    /** All slots but the prompts' own are hidden. */
    private float[] hidden(int slots) {
        float[] mask = new float[lengths.length * slots];
        Arrays.fill(mask, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < lengths.length; row++) {
            Arrays.fill(mask, row * slots, row * slots + lengths[row], 0);
        }
        return mask;
    }

    private static int padded(int slots) {
        return (slots + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    }

    /** The logits of the token behind each prompt; to be asked once, first. */
    Tensor begin() { // -> (B, V)
        int[] ids = new int[lengths.length * longest];
        int[] last = new int[lengths.length];
        for (int row = 0; row < lengths.length; row++) {
            System.arraycopy(prompts.get(row), 0, ids, row * longest, lengths[row]);
            last[row] = row * longest + lengths[row] - 1;
        }
        int[] positions = IntStream.range(0, ids.length).map(i -> i % longest).toArray();
        Tensor x = forward(ids, positions, causal());
        return body.logits(x.indexSelect(0, Tensor.ids(last)));
    }

    /** Padding stands behind every prompt, where causal rows do not look. */
    private Tensor causal() { // (1, 1, H / Hkv * T, S): the heads that share keys stand one below the other
        Tensor all = Sight.causal(padded(longest)).bias().to(type); // (1, 1, S, S)
        Tensor rows = all.narrow(2, 0, longest);
        int shared = body.config().heads() / body.config().kvHeads();
        return Tensor.cat(Collections.nCopies(shared, rows), 2);
    }

    /** Puts one token behind each sequence; the logits of the token behind that. */
    Tensor next(int... ids) { // -> (B, V)
        mask.narrow(3, used, 1).zero_();
        Tensor x = forward(ids, lengths, mask.narrow(3, 0, padded(used + 1)));
        lengths = Arrays.stream(lengths).map(n -> n + 1).toArray();
        return body.logits(x);
    }

    /** Runs m tokens of each sequence through all layers, writing their keys and values into the slots behind the used ones. */
    private Tensor forward(int[] ids, int[] positions, Tensor visible) { // (B * m) -> (B * m, C)
        int rows = ids.length / lengths.length;
        Tensor x = body.layers(
                0,
                body.config().layers(),
                body.embed(ids),
                body.rope().at(positions),
                ids.length, // the base's own weights
                (layer, q, k, v) ->
                        attend(q, written(keys.get(layer), k, rows), written(values.get(layer), v, rows), visible));
        used += rows;
        return x;
    }

    private Tensor written(Tensor cache, Tensor fresh, int rows) { // (B * m, Hkv, D) -> (B, Hkv, S, D)
        Tensor sequences = fresh.view(lengths.length, rows, fresh.size(1), fresh.size(2));
        cache.narrow(2, used, rows).copy_(sequences.transpose(1, 2));
        return cache.narrow(2, 0, padded(used + rows));
    }

    /** The heads that share keys are each other's further queries: nothing is copied for them. */
    private Tensor attend(Tensor q, Tensor k, Tensor v, Tensor visible) { // (B * m, H, D) -> (B * m, H, D)
        long sequences = k.size(0);
        long rows = q.size(0) / sequences;
        long group = q.size(1) / k.size(1);
        long[] apart = {sequences, rows, k.size(1), group, q.size(2)};
        Tensor grouped = q.view(apart).permute(0, 2, 3, 1, 4).reshape(sequences, k.size(1), group * rows, q.size(2));
        return Tensor.attention(grouped.to(type), k, v, visible)
                .toFloat()
                .reshape(sequences, k.size(1), group, rows, q.size(2))
                .permute(0, 3, 1, 2, 4)
                .reshape(q.shape());
    }

    /** Goes on with the given sequences alone, in this order; the others' memory is freed. */
    void keep(int... rows) {
        lengths = Arrays.stream(rows).map(row -> lengths[row]).toArray();
        UnaryOperator<Tensor> chosen = all -> {
            Tensor some = Scope.keeping(() -> all.indexSelect(0, Tensor.ids(rows)));
            all.close();
            return some;
        };
        keys.replaceAll(chosen);
        values.replaceAll(chosen);
        mask = chosen.apply(mask);
    }

    @Override
    public void close() {
        keys.forEach(Tensor::close);
        values.forEach(Tensor::close);
        mask.close();
    }
}
