package io.palimpsest.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.model.layer.RowAttention.Run;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowAttentionTest {

    private static final int D = 16;
    private static final int SLOTS = KvCache.padded(1);

    @ParameterizedTest
    @CsvSource({"3, 3, 1", "9, 3, 1", "9, 3, 2", "9, 3, 4", "9, 3, 9", "14, 2, 5", "8, 1, 3", "4, 4, 20"})
    void every_head_attends_to_the_keys_of_its_group(int heads, int kvHeads, int rows) {
        try (Scope memory = Scope.inference();
                KvCache cache = cache(kvHeads)) {
            Tensor q = Tensor.randn(Seed.of(1), rows, heads, D);
            Tensor k = Tensor.randn(Seed.of(2), rows, kvHeads, D);
            Tensor v = Tensor.randn(Seed.of(3), rows, kvHeads, D);
            float[] answer = attention(cache, heads, kvHeads, new Run(0, rows, 0))
                    .apply(0, q, k, v)
                    .toFloats();
            assertThat(answer).containsExactly(byHand(q, k, v).toFloats(), within(1e-5f));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "4, 0", "4, 1", "4, 2", "4, 3", "5, 4", "9, 2", "17, 16"})
    void a_row_gets_the_same_bits_at_any_place_beside_any_others(int rows, int place) {
        try (Scope memory = Scope.inference();
                KvCache one = cache(3);
                KvCache many = cache(3)) {
            Tensor q = Tensor.randn(Seed.of(1), rows, 9, D);
            Tensor k = Tensor.randn(Seed.of(2), rows, 3, D);
            Tensor v = Tensor.randn(Seed.of(3), rows, 3, D);
            Tensor past = Tensor.randn(Seed.of(4), 20, 3, D);
            one.write(0, 0, past, past);
            many.write(0, 0, past, past);
            float[] sight = sees(1, 0, 20);
            sight[20 + place] = 0; // the past and itself
            float[] seen = new float[rows * SLOTS]; // the others see everything
            System.arraycopy(sight, 0, seen, place * SLOTS, SLOTS);
            RowAttention.Sequence all = new RowAttention.Sequence(many, SLOTS, List.of(new Run(0, rows, 20)), seen);
            Tensor together = new RowAttention(List.of(all), 9, 3).apply(0, q, k, v);
            RowAttention.Sequence own =
                    new RowAttention.Sequence(one, SLOTS, List.of(new Run(0, 1, 20 + place)), sight);
            Tensor alone = new RowAttention(List.of(own), 9, 3)
                    .apply(0, q.narrow(0, place, 1), k.narrow(0, place, 1), v.narrow(0, place, 1));
            assertThat(together.narrow(0, place, 1).toBytes()).isEqualTo(alone.toBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 64, 250, 256, 300, 383, 500, 513, 700, 1000})
    void a_row_gets_the_same_bits_however_many_slots_lie_behind_those_it_sees(int visible) {
        try (Scope memory = Scope.inference();
                KvCache cache = new KvCache(1, 2, 64)) {
            cache.reserve(2048);
            cache.write(0, 0, Tensor.randn(Seed.of(1), 2048, 2, 64), Tensor.randn(Seed.of(2), 2048, 2, 64));
            Tensor q = Tensor.randn(Seed.of(3), 1, 6, 64);
            Tensor own = Tensor.randn(Seed.of(4), 1, 2, 64);
            Set<String> answers = new HashSet<>();
            for (int slots = visible; slots <= 2048; slots += 37) {
                float[] seen = new float[KvCache.padded(slots)];
                Arrays.fill(seen, visible, seen.length, Float.NEGATIVE_INFINITY);
                RowAttention.Sequence sequence =
                        new RowAttention.Sequence(cache, seen.length, List.of(new Run(0, 1, visible - 1)), seen);
                byte[] bits = new RowAttention(List.of(sequence), 6, 2)
                        .apply(0, q, own, own)
                        .toBytes();
                answers.add(Arrays.toString(bits));
            }
            assertThat(answers).hasSize(1);
        }
    }

    @Test
    void sequences_may_stand_in_any_order_and_in_pieces() {
        try (Scope memory = Scope.inference();
                KvCache first = cache(1);
                KvCache second = cache(1);
                KvCache alone = cache(1)) {
            Tensor q = Tensor.randn(Seed.of(1), 5, 2, D);
            Tensor k = Tensor.randn(Seed.of(2), 5, 1, D);
            Tensor v = Tensor.randn(Seed.of(3), 5, 1, D);
            RowAttention.Sequence pieces =
                    new RowAttention.Sequence(first, SLOTS, List.of(new Run(0, 1, 0), new Run(3, 2, 1)), sees(3, 0, 3));
            RowAttention.Sequence between =
                    new RowAttention.Sequence(second, SLOTS, List.of(new Run(1, 2, 0)), sees(2, 0, 2));
            Tensor both = new RowAttention(List.of(pieces, between), 2, 1).apply(0, q, k, v);
            Tensor own = attention(alone, 2, 1, new Run(0, 2, 0))
                    .apply(0, q.narrow(0, 1, 2), k.narrow(0, 1, 2), v.narrow(0, 1, 2));
            assertThat(both.narrow(0, 1, 2).toBytes()).isEqualTo(own.toBytes());
            Tensor rest = byHand(rows(q), rows(k), rows(v));
            assertThat(rows(both).toFloats()).containsExactly(rest.toFloats(), within(1e-5f));
        }
    }

    private static Tensor rows(Tensor x) { // 0, 3 and 4
        return x.indexSelect(0, Tensor.ids(new int[] {0, 3, 4}));
    }

    private static KvCache cache(int kvHeads) {
        KvCache cache = new KvCache(1, kvHeads, D);
        cache.reserve(SLOTS);
        return cache;
    }

    private static RowAttention attention(KvCache cache, int heads, int kvHeads, Run run) {
        float[] seen = sees(run.count(), run.slot(), run.count());
        return new RowAttention(List.of(new RowAttention.Sequence(cache, SLOTS, List.of(run), seen)), heads, kvHeads);
    }

    /** Rows that see {@code count} slots from {@code slot} on. */
    private static float[] sees(int rows, int slot, int count) {
        float[] seen = new float[rows * SLOTS];
        Arrays.fill(seen, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < rows; row++) {
            Arrays.fill(seen, row * SLOTS + slot, row * SLOTS + slot + count, 0);
        }
        return seen;
    }

    /** Attention without blocks: every row sees all rows. */
    private static Tensor byHand(Tensor q, Tensor k, Tensor v) { // (N, H, D), (N, Hkv, D) x 2 -> (N, H, D)
        long group = q.size(1) / k.size(1);
        Tensor keys = k.repeatInterleave(group, 1).transpose(0, 1); // (H, N, D)
        Tensor values = v.repeatInterleave(group, 1).transpose(0, 1);
        Tensor scores = q.transpose(0, 1).matmul(keys.transpose(1, 2)).div(Math.sqrt(D)); // (H, N, N)
        return scores.softmax(-1).matmul(values).transpose(0, 1).contiguous();
    }
}
