package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The ways in which block diffusion models are run: in training, block by block over a cache, a part of a block alone. */
final class BlockModes {

    private BlockModes() {}

    /** The length of a block: the test's, or the checkpoint's own. */
    static int length(Replay.Subject subject, RecordedTest test) {
        return test.integer("block_size", subject.model().config().integer("block_size", 1, 1 << 20, 4));
    }

    /** Rows of both texts, one behind the other. */
    static int[][] beside(int[][] first, int[][] second) {
        return IntStream.range(0, first.length)
                .mapToObj(i -> IntStream.concat(Arrays.stream(first[i]), Arrays.stream(second[i % second.length]))
                        .toArray())
                .toArray(int[][]::new);
    }

    /** BD3-LM's training pass (arXiv:2503.09573) over noised texts and the clean ones beside them. */
    static Tensor trained(Dit network, int[][] both, int block, Tensor sigma) { // -> (B, T, V)
        int length = both[0].length / 2;
        Attend attend = Attend.under(Sight.blockDiffusion(length, block));
        return network.logits(Ids.tensor(both), sigma, Ids.positions(2 * both.length, length), attend)
                .narrow(1, 0, length);
    }

    /** The logits of a training pass. */
    static void training(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Optional<String> joined = test.find("input_ids", "x_input", "ids");
        int[][] both = joined.isPresent()
                ? test.rows(joined.get())
                : beside(test.rows(test.oneOf("xt", "x_t", "noised")), test.rows(test.oneOf("x0", "clean")));
        if (joined.isPresent() && test.has("x0")) {
            both = beside(both, test.rows("x0"));
        }
        Tensor sigma = LogitsReplay.sigma(test).orElseGet(() -> Tensor.zeros(1)).expand(both.length);
        comparison.floats("logits", trained(Likelihoods.dit(subject), both, length(subject, test), sigma));
    }

    /** The logits of the last blocks, each computed over what the ones before it left. */
    static void cache(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        CanvasNetwork network = subject.model().network();
        int block = length(subject, test);
        int[] text = text(test);
        List<Tensor> logits = new ArrayList<>();
        try (CanvasCache cache = new CanvasCache()) {
            for (int start = 0; start < text.length; start += block) {
                int end = Math.min(text.length, start + block);
                logits.add(rows(network, Arrays.copyOfRange(text, start, end), start, cache.rows(start, end)));
            }
            Tensor all = Tensor.cat(logits, 1);
            for (String role : List.of("logits", "logits_kv", "logits_cached", "logits_kvcache", "logits_last_block")) {
                if (test.has(role)) {
                    long recorded = test.shape(role)[test.shape(role).length - 2];
                    comparison.floats(role, all.narrow(1, text.length - recorded, recorded));
                }
            }
        }
    }

    /** The one text that went in, which may be recorded in parts. */
    private static int[] text(RecordedTest test) {
        return ids(test).stream()
                .flatMapToInt(role -> Arrays.stream(test.ints(role)))
                .toArray();
    }

    private static List<String> ids(RecordedTest test) {
        return test.inputs().stream()
                .filter(role -> test.tensor(role).dtype() == DType.I32
                        || test.tensor(role).dtype() == DType.I64)
                .filter(role -> !role.contains("mask") && !role.contains("position") && !role.contains("timestep"))
                .toList();
    }

    private static Tensor rows(CanvasNetwork network, int[] ids, int from, Attend attend) {
        int[] positions = IntStream.range(from, from + ids.length).toArray();
        return network.logits(Tensor.ids(ids, 1, ids.length), positions, attend);
    }

    /**
     * A part of a block among the stale rest of it (Fast-dLLM v2, arXiv:2509.26328): what stands before the block, the block as
     * it was when all of it was computed, and the part as it is now.
     */
    static void partOfBlock(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int block = test.integer("block_size");
        int start = test.integer("subblock_start");
        int count = test.integer("subblock_len");
        List<String> roles = ids(test);
        if (roles.size() < 2) {
            throw new UnsupportedTestException("it records neither a block nor a part of it");
        }
        int[] last = test.ints(roles.get(roles.size() - 1));
        int[] part = last.length == count
                ? last
                : Arrays.copyOfRange(last, last.length - block + start, last.length - block + start + count);
        int[] before = roles.subList(0, roles.size() - 1).stream()
                .flatMapToInt(role -> Arrays.stream(test.ints(role)))
                .toArray();
        int at = before.length - block;
        CanvasNetwork network = subject.model().network();
        try (CanvasCache cache = new CanvasCache()) {
            Tensor bias = Sight.blockCausal(before.length, block).bias();
            Tensor whole = rows(network, before, 0, cache.rows(0, before.length, bias));
            Tensor logits = rows(network, part, at + start, cache.rows(at + start, before.length));
            for (String role : test.outputs()) {
                long recorded = test.shape(role)[test.shape(role).length - 2];
                comparison.floats(
                        role, recorded == count ? logits : whole.narrow(1, before.length - recorded, recorded));
            }
        }
    }
}
