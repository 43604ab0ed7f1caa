package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.RmsNorm;
import io.palimpsest.model.layer.Rope;
import io.palimpsest.tensor.Memory;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The body that the language models among the diffusion models share: pre-norm blocks of attention with rotary positions and
 * a feed-forward part (arXiv:2302.13971), run over whole canvases.
 *
 * <p>The families ({@link Llada}, {@link Qwen}, {@link LladaMoe}, {@link Llada2Moe}) differ in names, in biases and norms of
 * queries and keys, and in the feed-forward part; each says so in its own file.
 */
public record Transformer(Tensor embedding, List<Block> blocks, RmsNorm norm, Linear head, Rope rope)
        implements CanvasNetwork {

    /**
     * The numbers that shape attention.
     *
     * @param rotary how many of a head's channels are turned by its position
     */
    public record Config(
            int layers,
            int dim,
            int heads,
            int kvHeads,
            int headDim,
            int rotary,
            int vocabulary,
            double ropeTheta,
            double normEps) {

        Rope rope() {
            return Rope.of(rotary, ropeTheta);
        }
    }

    /** What stands behind attention in a block; rows are independent. */
    public interface FeedForward {
        Tensor forward(Tensor x); // (N, C) -> (N, C)
    }

    /** One pre-norm layer. */
    public record Block(RmsNorm norm1, Attention attention, RmsNorm norm2, FeedForward feedForward) {

        Tensor forward(int layer, Tensor x, Shape shape, Rope.Turn turn, Attend attend) { // (N, C) -> (N, C)
            Tensor h = x.add(attention.forward(layer, norm1.forward(x), shape, turn, attend));
            return h.add(feedForward.forward(norm2.forward(h)));
        }
    }

    /** How many texts of how many rows stand in one pass. */
    record Shape(long texts, long length) {}

    /** Attention whose heads may share keys and values, with norms of each head's queries and keys where there are any. */
    public record Attention(
            Linear qkv, Optional<RmsNorm> qNorm, Optional<RmsNorm> kNorm, Linear output, int heads, int kvHeads) {

        Tensor forward(int layer, Tensor x, Shape s, Rope.Turn turn, Attend attend) { // (N, C) -> (N, C)
            Tensor all = qkv.forward(x).reshape(x.size(0), heads + 2L * kvHeads, -1); // (N, H + 2 Hkv, D)
            Tensor q = turn.apply(normed(qNorm, all.narrow(1, 0, heads)));
            Tensor k = turn.apply(normed(kNorm, all.narrow(1, heads, kvHeads)));
            Tensor v = all.narrow(1, heads + kvHeads, kvHeads);
            Tensor y = attend.apply(layer, texts(q, s), texts(k, s), texts(v, s)); // (B, H, T, D)
            return output.forward(y.transpose(1, 2).reshape(x.size(0), -1));
        }

        private static Tensor normed(Optional<RmsNorm> norm, Tensor x) {
            return norm.isPresent() ? norm.get().forward(x) : x;
        }

        private static Tensor texts(Tensor x, Shape s) { // (N, H, D) -> (B, H, T, D)
            return x.reshape(s.texts, s.length, x.size(1), x.size(2)).transpose(1, 2);
        }
    }

    /** The gated feed-forward part: {@code down(silu(gate x) * up x)} (SwiGLU, arXiv:2002.05202). */
    public record Mlp(Linear gateUp, Linear down, long hidden) implements FeedForward {

        static Mlp load(Loader l, List<String> gateUp, String down, long dim, long hidden) {
            return new Mlp(l.fused(gateUp, dim, hidden, hidden), l.delicate(down, hidden, dim), hidden);
        }

        /** The names most families use. */
        static Mlp load(Loader l, long dim, long hidden) {
            return load(l, List.of("gate_proj", "up_proj"), "down_proj", dim, hidden);
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor both = gateUp.forward(x); // (N, 2 * hidden)
            return down.forward(both.narrow(1, 0, hidden).silu().mul(both.narrow(1, hidden, hidden)));
        }
    }

    /** Loads the blocks side by side: each layer by a thread of its own. */
    static List<Block> blocks(int layers, IntFunction<Block> load) {
        return IntStream.range(0, layers)
                .parallel()
                .mapToObj(i -> {
                    Block block = load.apply(i);
                    Memory.trim(); // the next layer needs as much room
                    return block;
                })
                .toList();
    }

    @Override
    public Tensor logits(Tensor ids, int[] positions, Attend attend) { // (B, T) -> (B, T, V)
        Shape shape = new Shape(ids.size(0), ids.size(1));
        Rope.Turn turn = rope.at(positions);
        Tensor x = embedding.embedding(ids.reshape(-1)).toFloat(); // (N, C)
        for (int i = 0; i < blocks.size(); i++) {
            int layer = i;
            Tensor in = x;
            x = Scope.returning(() -> blocks.get(layer).forward(layer, in, shape, turn, attend));
        }
        return head.forward(norm.forward(x)).reshape(shape.texts, shape.length, -1);
    }
}
