package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Attention of a pass's rows over cached keys and values, so that a row's result is the same bits whatever rows stand beside
 * it.
 *
 * <p>A matrix product's order of summation may change with its number of rows, and with a row's place among them. Here the
 * queries that share a head of keys and values are taken {@value #BLOCK} at a time, the last block filled up with copies: products
 * always have the same shape, and one that all kernels of OpenBLAS compute place by place alike (at 12 some do not). A block is
 * an item of the batch. Reading keys and values is most of the work, and a block reads them once for all its queries.
 */
public final class RowAttention {

    /** Queries of a block. */
    static final int BLOCK = 8;

    /** {@code count} neighbouring rows of a pass from {@code row} on, whose keys and values belong at {@code slot}. */
    public record Run(int row, int count, int slot) {

        private boolean continues(Run before) {
            return row == before.row + before.count && slot == before.slot + before.count;
        }

        private Run with(Run next) {
            return new Run(row, count + next.count, slot);
        }
    }

    /**
     * The rows of one sequence.
     *
     * @param slots how many of the cache's slots are looked at: whole chunks
     * @param seen for the rows of all runs and each slot, 0 where a row may look, minus infinity where not
     */
    public record Sequence(KvCache cache, int slots, List<Run> runs, float[] seen) {

        public Sequence {
            runs = joined(runs);
        }

        /** As few runs as there can be: each is written to the cache by itself. */
        private static List<Run> joined(List<Run> runs) {
            Deque<Run> joined = new ArrayDeque<>();
            for (Run run : runs) {
                if (!joined.isEmpty() && run.continues(joined.getLast())) {
                    joined.addLast(joined.removeLast().with(run));
                } else if (run.count > 0) {
                    joined.addLast(run);
                }
            }
            return List.copyOf(joined);
        }

        int rows() {
            return runs.stream().mapToInt(Run::count).sum();
        }

        /** The row of the pass that is number {@code i} of the sequence. */
        int row(int i) {
            int left = i;
            for (Run run : runs) {
                if (left < run.count) {
                    return run.row + left;
                }
                left -= run.count;
            }
            throw new IllegalArgumentException("a sequence without rows");
        }
    }

    private final int heads;
    private final int shared; // heads of keys and values
    private final int group; // heads that share one
    private final List<Sequence> sequences;
    private final List<Tensor> masks; // (blocks, 1, BLOCK, S) each
    private final Tensor order; // the queries, block by block, as rows of (N * H, D)
    private final Tensor back; // the rows of (N * H, D) among the answers

    /** For queries of {@code heads} heads and keys and values of {@code kvHeads}. */
    public RowAttention(List<Sequence> sequences, int heads, int kvHeads) {
        this.heads = heads;
        this.shared = kvHeads;
        this.group = heads / kvHeads;
        this.sequences = sequences.stream().filter(s -> s.rows() > 0).toList();
        this.masks = this.sequences.stream().map(this::mask).toList();
        int[] asked = this.sequences.stream().flatMapToInt(this::asked).toArray();
        this.order = Tensor.ids(asked);
        this.back = Tensor.ids(back(asked));
    }

    /**
     * Writes the rows' keys and values to their caches and attends.
     *
     * @param q (N, H, D)
     * @param k (N, Hkv, D)
     * @param v (N, Hkv, D)
     */
    public Tensor apply(int layer, Tensor q, Tensor k, Tensor v) { // -> (N, H, D)
        long d = q.size(2);
        Tensor queries = q.reshape(q.size(0) * heads, d).indexSelect(0, order); // (all blocks * Hkv * BLOCK, D)
        List<Tensor> answers = new ArrayList<>();
        long from = 0;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence s = sequences.get(i);
            s.runs.forEach(r -> s.cache.write(layer, r.slot, part(k, r.row, r.count), part(v, r.row, r.count)));
            long count = (long) blocks(s) * shared * BLOCK;
            answers.add(attend(layer, s, part(queries, from, count), masks.get(i)));
            from += count;
        }
        return Tensor.cat(answers, 0).indexSelect(0, back).view(q.size(0), heads, d);
    }

    private Tensor attend(int layer, Sequence s, Tensor queries, Tensor mask) { // (n, D) -> (n, D)
        int blocks = blocks(s);
        long d = queries.size(1);
        Tensor q = queries.view(blocks, shared, BLOCK, d);
        Tensor k = s.cache.keys(layer, s.slots).expand(blocks, shared, s.slots, d);
        Tensor v = s.cache.values(layer, s.slots).expand(blocks, shared, s.slots, d);
        return Tensor.attention(q, k, v, mask).transpose(1, 2).reshape(queries.size(0), d);
    }

    private static Tensor part(Tensor x, long from, long count) {
        return x.size(0) == count ? x : x.narrow(0, from, count);
    }

    private int blocks(Sequence s) {
        return (s.rows() * group + BLOCK - 1) / BLOCK;
    }

    private Tensor mask(Sequence s) {
        int blocks = blocks(s);
        int[] rows = IntStream.range(0, blocks * BLOCK)
                .map(place -> query(s, place) / group)
                .toArray();
        return Tensor.of(s.seen, s.rows(), s.slots)
                .indexSelect(0, Tensor.ids(rows))
                .view(blocks, 1, BLOCK, s.slots);
    }

    /** Which query of each head of keys and values stands at a place of the blocks. */
    private int query(Sequence s, int place) {
        return Math.min(place, s.rows() * group - 1);
    }

    /** The queries as they stand in the blocks: those of each head of keys and values in turn. */
    private IntStream asked(Sequence s) {
        return IntStream.range(0, blocks(s) * shared * BLOCK).map(at -> {
            int kvHead = at / BLOCK % shared;
            int query = query(s, at / (BLOCK * shared) * BLOCK + at % BLOCK);
            return s.row(query / group) * heads + kvHead * group + query % group;
        });
    }

    /** Where each query's answer stands: answers have the heads of keys and values innermost. */
    private int[] back(int... asked) {
        int[] back = new int[Arrays.stream(asked).max().orElse(-1) + 1];
        for (int at = asked.length - 1; at >= 0; at--) { // the first of copies is the query itself
            int block = at / (BLOCK * shared);
            int kvHead = at / BLOCK % shared;
            back[asked[at]] = (block * BLOCK + at % BLOCK) * shared + kvHead;
        }
        return back;
    }
}
