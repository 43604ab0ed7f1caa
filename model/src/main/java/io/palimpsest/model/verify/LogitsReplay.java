package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.Bert;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.Tensor;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Forward passes: the whole canvas at once, or some rows and the cache of the others. */
final class LogitsReplay {

    private LogitsReplay() {}

    /** Raw logits. */
    static void raw(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        if (test.has("attention_mask") && isTrainingMask(test)) {
            trained(subject, test, comparison);
            return;
        }
        Tensor logits = logits(subject, test);
        comparison.rows("logits", logits, counted(test));
    }

    /** Logits moved on by one: the row before a position predicts its token. */
    static void shifted(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Tensor logits = logits(subject, test);
        Tensor moved = Tensor.cat(logits.narrow(1, 0, 1), logits.narrow(1, 0, logits.size(1) - 1), 1);
        comparison.rows("logits", moved, counted(test));
    }

    private static Tensor logits(Replay.Subject subject, RecordedTest test) {
        int[][] ids = test.rows(test.oneOf("input_ids", "ids", "x", "xt", "canvas"));
        Sight sight = sight(subject, test, ids.length, ids[0].length);
        int[] positions = positions(subject, test, ids);
        return forward(subject.model().network(), test, ids, positions, Attend.under(sight));
    }

    private static Tensor forward(CanvasNetwork network, RecordedTest test, int[][] ids, int[] at, Attend attend) {
        if (network instanceof Dit dit && sigma(test).isPresent()) {
            return dit.logits(Ids.tensor(ids), sigma(test).orElseThrow().expand(ids.length), at, attend);
        }
        if (network instanceof Bert bert && test.has("token_type_ids")) {
            return bert.logits(Ids.tensor(ids), Ids.tensor(test.rows("token_type_ids")), at, attend);
        }
        return network.logits(Ids.tensor(ids), at, attend);
    }

    /** What the network is told of the noise, one number a text. */
    static Optional<Tensor> sigma(RecordedTest test) { // (B)
        return test.find("sigma", "timesteps", "t", "time", "times")
                .map(role -> test.tensor(role).toFloat().reshape(-1));
    }

    private static Sight sight(Replay.Subject subject, RecordedTest test, int texts, int length) {
        if (test.has("attention_mask_4d")) {
            int[] seen = test.ints("attention_mask_4d");
            int square = length * length;
            return Sight.of(texts, length, (b, i, j) -> seen[b * square % seen.length + i * length + j] != 0);
        }
        if (test.has("attention_mask")) {
            int[] real = test.ints("attention_mask");
            return Sight.of(texts, length, (b, i, j) -> real[b * length + j] != 0);
        }
        int block = test.integer("block_size", test.integer("block_length", 0));
        boolean blocks = block == 0
                && subject.model().network() instanceof Dit
                && subject.fixture().family().equals("bd3lm");
        int size = blocks ? subject.model().config().integer("block_size", 1, 1 << 20) : block;
        return size > 0 ? Sight.blockCausal(length, size) : Sight.all(length);
    }

    private static int[] positions(Replay.Subject subject, RecordedTest test, int[][] ids) {
        if (test.has("position_ids")) {
            return test.ints("position_ids");
        }
        if (test.has("attention_mask") && subject.fixture().family().equals("dream")) {
            return counted(test.rows("attention_mask"));
        }
        return Ids.positions(ids.length, ids[0].length);
    }

    /** Positions that skip padding, as Dream counts them. */
    private static int[] counted(int[][] real) {
        int[] positions = new int[real.length * real[0].length];
        int at = 0;
        for (int[] row : real) {
            int next = 0;
            for (int r : row) {
                positions[at++] = r == 0 ? 1 : next++;
            }
        }
        return positions;
    }

    /** Rows of padding are computed, but mean nothing. */
    private static IntPredicate counted(RecordedTest test) {
        if (test.has("attention_mask_4d")) {
            int[] seen = test.ints("attention_mask_4d");
            int length = (int) test.shape("input_ids")[1];
            return row -> IntStream.range(row * length, (row + 1) * length).anyMatch(i -> seen[i % seen.length] != 0);
        }
        if (test.has("attention_mask")) {
            int[] real = test.ints("attention_mask");
            return row -> real[row] != 0;
        }
        return row -> true;
    }

    /** A mask of row against row belongs to BD3-LM's training pass, which stands noised and clean text side by side. */
    private static boolean isTrainingMask(RecordedTest test) {
        long[] mask = test.shape("attention_mask");
        long length = test.shape("input_ids")[1];
        return mask.length == 2 && mask[0] == length && mask[1] == length && test.shape("logits")[1] * 2 == length;
    }

    static void trained(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int[][] ids = test.rows("input_ids");
        int both = ids[0].length;
        int[] seen = test.ints("attention_mask");
        Sight sight = Sight.of(1, both, (b, i, j) -> seen[i * both + j] != 0);
        int[] positions = Ids.positions(2 * ids.length, both / 2);
        Tensor logits = forward(subject.model().network(), test, ids, positions, Attend.under(sight));
        comparison.floats("logits", logits.narrow(1, 0, both / 2));
    }

    /** Rows over the cache of a whole canvas: those behind a prefix, or a block among stale others. */
    static void cached(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        CanvasNetwork network = subject.model().network();
        int[][] canvas = test.rows("canvas");
        int length = canvas[0].length;
        boolean prefix = test.has("suffix_ids");
        int from = prefix ? test.integer("prefix_len") : test.integer("block_start");
        int[][] rows = test.rows(prefix ? "suffix_ids" : "block_ids");
        try (CanvasCache cache = new CanvasCache()) {
            network.logits(Ids.tensor(canvas), Ids.positions(1, length), cache.rows(0, length));
            int[] positions = IntStream.range(from, from + rows[0].length).toArray();
            comparison.floats("logits", network.logits(Ids.tensor(rows), positions, cache.rows(from, length)));
        }
    }
}
