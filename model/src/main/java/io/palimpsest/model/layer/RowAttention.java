package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Attention of a pass's rows over cached keys and values, so that a row's result is the same bits whatever rows stand beside
 * it.
 *
 * <p>A matrix product's order of summation may change with its number of rows. Here rows are taken {@value #BLOCK} at a time,
 * the last block filled up with copies, so that products always have the same shape: a block is an item of the batch, and the
 * heads that share keys and values stand together as its queries. Reading keys and values is most of the work, and a block
 * reads them once.
 */
public final class RowAttention {

    /** Rows of a block: those of a pass that judges one draft and makes the next. */
    static final int BLOCK = 4;

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

        int blocks() {
            return (rows() + BLOCK - 1) / BLOCK;
        }

        /** The row of the pass that stands at place {@code i} of the blocks. */
        int row(int i) {
            int left = Math.min(i, rows() - 1);
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
    private final List<Sequence> sequences;
    private final List<Tensor> masks; // (blocks, 1, BLOCK * H/Hkv, S) each
    private final Tensor order; // the queries, block by block, as rows of (N * H, D)
    private final Tensor back; // the rows of (N * H, D) among the answers

    /** For queries of {@code heads} heads and keys and values of {@code kvHeads}. */
    public RowAttention(List<Sequence> sequences, int heads, int kvHeads) {
        this.heads = heads;
        this.shared = kvHeads;
        this.sequences = sequences.stream().filter(s -> s.rows() > 0).toList();
        this.masks = this.sequences.stream().map(this::mask).toList();
        int[] asked = this.sequences.stream().flatMapToInt(s -> Arrays.stream(asked(s))).toArray();
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
        Tensor queries = q.reshape(q.size(0) * heads, d).indexSelect(0, order); // (all blocks * BLOCK * H, D)
        List<Tensor> answers = new ArrayList<>();
        long from = 0;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence s = sequences.get(i);
            s.runs.forEach(r -> s.cache.write(layer, r.slot, k.narrow(0, r.row, r.count), v.narrow(0, r.row, r.count)));
            long count = (long) s.blocks() * BLOCK * heads;
            answers.add(attend(layer, s, queries.narrow(0, from, count), masks.get(i)));
            from += count;
        }
        return Tensor.cat(answers, 0).indexSelect(0, back).view(q.size(0), heads, d);
    }

    private Tensor attend(int layer, Sequence s, Tensor queries, Tensor mask) { // (blocks * BLOCK * H, D) -> the same
        int blocks = s.blocks();
        long d = queries.size(1);
        Tensor q = queries.view(blocks, shared, (long) BLOCK * heads / shared, d);
        Tensor k = s.cache.keys(layer, s.slots).expand(blocks, shared, s.slots, d);
        Tensor v = s.cache.values(layer, s.slots).expand(blocks, shared, s.slots, d);
        return Tensor.attention(q, k, v, mask).transpose(1, 2).reshape(queries.size(0), d);
    }

    private Tensor mask(Sequence s) {
        int rows = s.rows();
        int places = s.blocks() * BLOCK;
        float[] seen = Arrays.copyOf(s.seen, places * s.slots);
        for (int i = rows; i < places; i++) {
            System.arraycopy(s.seen, (rows - 1) * s.slots, seen, i * s.slots, s.slots);
        }
        int group = heads / shared;
        return Tensor.of(seen, places, s.slots)
                .repeatInterleave(group, 0)
                .view(s.blocks(), 1, (long) BLOCK * group, s.slots);
    }

    /** Which query stands at each place: a block's rows for each head of keys and values, with that head's queries. */
    private int[] asked(Sequence s) {
        int group = heads / shared;
        int[] asked = new int[s.blocks() * BLOCK * heads];
        int at = 0;
        for (int block = 0; block < s.blocks(); block++) {
            for (int kvHead = 0; kvHead < shared; kvHead++) {
                for (int i = 0; i < BLOCK; i++) {
                    for (int j = 0; j < group; j++) {
                        asked[at++] = s.row(block * BLOCK + i) * heads + kvHead * group + j;
                    }
                }
            }
        }
        return asked;
    }

    /** Where each query's answer stands: answers have the heads of keys and values innermost. */
    private int[] back(int[] asked) {
        int width = BLOCK * heads / shared; // queries of a block and a head of keys and values
        int[] back = new int[Arrays.stream(asked).max().orElse(-1) + 1];
        for (int at = asked.length - 1; at >= 0; at--) { // the first of copies is the row itself
            int block = at / (width * shared);
            int kvHead = at / width % shared;
            back[asked[at]] = (block * width + at % width) * shared + kvHead;
        }
        return back;
    }
}
