package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.RmsNorm;
import io.palimpsest.model.layer.Rope;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The Llama body (arXiv:2302.13971): pre-norm blocks of grouped-query attention with rotary positions and a gated MLP.
 *
 * <p>It computes rows: which row may look at which is the caller's {@link Attend}, so that the same body runs causally with
 * a cache, bidirectionally over a canvas, or with gradients. Rows from {@code firstAdapted} on see the adapter, the others
 * the base weights alone.
 */
public record Llama(Config config, Tensor embedding, List<Block> blocks, RmsNorm norm, Linear head, Rope rope) {

    private static final int ROWS_AT_A_TIME = 1024;

    /** The numbers that shape the body, under Hugging Face's names. */
    public record Config(
            int layers,
            int dim,
            int hidden,
            int heads,
            int kvHeads,
            int headDim,
            int vocabulary,
            int context,
            double ropeTheta,
            double normEps,
            boolean tied) {}

    /** Attention over the rows of one layer, with what may be looked at decided by the implementation. */
    public interface Attend {
        Tensor apply(int layer, Tensor q, Tensor k, Tensor v); // (N, H, D), (N, Hkv, D) x 2 -> (N, H, D)
    }

    /** Takes from the logits (n, V) of the rows from {@code from} on what is to be kept; they are freed behind it. */
    public interface LogitsReader {
        void read(long from, Tensor logits);
    }

    public static Llama load(Loader loader, Config c) {
        Loader model = loader.at("model");
        return new Llama(
                c,
                model.table("embed_tokens.weight", c.vocabulary, c.dim),
                IntStream.range(0, c.layers)
                        .parallel()
                        .mapToObj(i -> Block.load(model.at("layers." + i), c))
                        .toList(),
                model.norm("norm", c.dim, c.normEps),
                c.tied
                        ? model.linear("embed_tokens", c.dim, c.vocabulary)
                        : loader.linear("lm_head", c.dim, c.vocabulary),
                Rope.of(c.headDim, c.ropeTheta));
    }

    /** One pre-norm layer. */
    public record Block(RmsNorm norm1, Attention attention, RmsNorm norm2, Mlp mlp) {

        static Block load(Loader l, Config c) {
            return new Block(
                    l.norm("input_layernorm", c.dim, c.normEps),
                    Attention.load(l.at("self_attn"), c),
                    l.norm("post_attention_layernorm", c.dim, c.normEps),
                    Mlp.load(l.at("mlp"), c));
        }

        Tensor forward(int layer, Tensor x, Rope.Turn turn, long firstAdapted, Attend attend) { // (N, C) -> (N, C)
            Tensor h = x.add(attention.forward(layer, norm1.forward(x), turn, firstAdapted, attend));
            return h.add(mlp.forward(norm2.forward(h), firstAdapted));
        }
    }

    /** Grouped-query attention: heads share keys and values (arXiv:2305.13245). */
    public record Attention(Linear qkv, Linear output, int heads, int kvHeads, int headDim) {

        static Attention load(Loader l, Config c) {
            long q = (long) c.heads * c.headDim;
            long kv = (long) c.kvHeads * c.headDim;
            return new Attention(
                    l.fused(List.of("q_proj", "k_proj", "v_proj"), c.dim, q, kv, kv),
                    l.linear("o_proj", q, c.dim),
                    c.heads,
                    c.kvHeads,
                    c.headDim);
        }

        Tensor forward(int layer, Tensor x, Rope.Turn turn, long firstAdapted, Attend attend) { // (N, C) -> (N, C)
            Tensor all = qkv.forward(x, firstAdapted).view(x.size(0), heads + 2L * kvHeads, headDim);
            Tensor turned = turn.apply(all.narrow(1, 0, heads + kvHeads)); // queries and keys
            Tensor y = attend.apply(
                    layer,
                    turned.narrow(1, 0, heads),
                    turned.narrow(1, heads, kvHeads),
                    all.narrow(1, heads + kvHeads, kvHeads));
            return output.forward(y.reshape(x.size(0), (long) heads * headDim), firstAdapted);
        }
    }

    /** The gated feed-forward part: {@code down(silu(gate x) * up x)} (SwiGLU, arXiv:2002.05202). */
    public record Mlp(Linear gateUp, Linear down, long hidden) {

        static Mlp load(Loader l, Config c) {
            return new Mlp(
                    l.fused(List.of("gate_proj", "up_proj"), c.dim, c.hidden, c.hidden),
                    l.delicate("down_proj", c.hidden, c.dim),
                    c.hidden);
        }

        Tensor forward(Tensor x, long firstAdapted) { // (N, C) -> (N, C)
            Tensor both = gateUp.forward(x, firstAdapted); // (N, 2 * hidden)
            Tensor gate = both.narrow(1, 0, hidden);
            Tensor up = both.narrow(1, hidden, hidden);
            return down.forward(gate.silu().mul(up), firstAdapted);
        }
    }

    /** The embeddings of tokens. */
    public Tensor embed(int... ids) { // -> (N, C)
        return embedding.embedding(Tensor.ids(ids)).toFloat();
    }

    /** Runs {@code x} through the layers from {@code from} to before {@code to}. */
    public Tensor layers(int from, int to, Tensor x, Rope.Turn turn, long firstAdapted, Attend attend) {
        for (int i = from; i < to; i++) {
            int layer = i;
            Tensor in = x;
            x = Scope.returning(() -> blocks.get(layer).forward(layer, in, turn, firstAdapted, attend));
        }
        return x;
    }

    /** The logits of rows that have passed all layers. */
    public Tensor logits(Tensor x) { // (N, C) -> (N, V)
        return head.forward(norm.forward(x));
    }

    /** The same for more rows than there is room for at once, some at a time: the logits of one are 200 kB. */
    public void logits(Tensor x, LogitsReader reader) { // (N, C)
        for (long from = 0; from < x.size(0); from += ROWS_AT_A_TIME) {
            try (Scope memory = Scope.open()) {
                reader.read(from, logits(x.narrow(0, from, Math.min(ROWS_AT_A_TIME, x.size(0) - from))));
            }
        }
    }
}
