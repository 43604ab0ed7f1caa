package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.LayerNorm;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Rope;
import io.palimpsest.tensor.Recomputation;
import io.palimpsest.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * The diffusion transformer of MDLM (arXiv:2406.07524) and BD3-LM (arXiv:2503.09573): blocks whose norms are moved, scaled and
 * gated by the noise level (adaLN, arXiv:2212.09748), or plain ones.
 *
 * @param timeConditioned whether the noise level is told; otherwise the network is always told 0
 */
public record Dit(
        Tensor embedding,
        Optional<TimeEmbedding> time,
        List<Block> blocks,
        LayerNorm norm,
        Optional<Linear> modulation,
        Linear head,
        Rope rope,
        boolean timeConditioned)
        implements CanvasNetwork {

    private static final double EPS = 1e-5;

    /** The numbers that shape the network. */
    public record Config(
            int layers, int dim, int heads, int condition, int vocabulary, boolean adaptive, boolean timeConditioned) {}

    public static Dit load(Loader loader, Config c) {
        Loader l = loader.at("backbone");
        Loader out = l.at("output_layer");
        return new Dit(
                l.table("vocab_embed.embedding", c.vocabulary, c.dim),
                c.adaptive ? Optional.of(TimeEmbedding.load(l.at("sigma_map.mlp"), c.condition)) : Optional.empty(),
                IntStream.range(0, c.layers)
                        .mapToObj(i -> Block.load(l.at("blocks." + i), c))
                        .toList(),
                out.layerNorm("norm_final", c.dim, EPS),
                c.adaptive ? Optional.of(out.linear("adaLN_modulation", c.condition, 2L * c.dim)) : Optional.empty(),
                out.linear("linear", c.dim, c.vocabulary),
                Rope.of(c.dim / c.heads, 10000),
                c.timeConditioned);
    }

    /** Everything that training changes, by the names that {@link #load} reads. */
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        all.put("backbone.vocab_embed.embedding", embedding);
        time.ifPresent(t -> t.in.parameters("backbone.sigma_map.mlp.0", all::put));
        time.ifPresent(t -> t.out.parameters("backbone.sigma_map.mlp.2", all::put));
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).parameters("backbone.blocks." + i + ".", all::put);
        }
        norm.parameters("backbone.output_layer.norm_final", all::put);
        modulation.ifPresent(m -> m.parameters("backbone.output_layer.adaLN_modulation", all::put));
        head.parameters("backbone.output_layer.linear", all::put);
        return all;
    }

    /** A noise level as a vector: 256 sinusoids, cosines first, through a small network (arXiv:2006.11239). */
    public record TimeEmbedding(Linear in, Linear out) {

        /** How many sinusoids a noise level becomes. */
        public static final int WIDTH = 256;

        static TimeEmbedding load(Loader l, long dim) {
            return new TimeEmbedding(l.linear("0", WIDTH, dim), l.linear("2", dim, dim));
        }

        /** The vector for each noise level. */
        public Tensor forward(Tensor sigma) { // (B) -> (B, condition)
            return out.forward(in.forward(Sinusoids.of(sigma, WIDTH)).silu());
        }
    }

    /** One layer; its modulation holds shift, scale and gate of attention, then those of the MLP. */
    public record Block(
            LayerNorm norm1,
            Linear qkv,
            Linear output,
            LayerNorm norm2,
            Linear up,
            Linear down,
            Optional<Linear> modulation,
            int heads) {

        static Block load(Loader l, Config c) {
            return new Block(
                    l.layerNorm("norm1", c.dim, EPS),
                    l.linear("attn_qkv", c.dim, 3L * c.dim),
                    l.linear("attn_out", c.dim, c.dim),
                    l.layerNorm("norm2", c.dim, EPS),
                    l.linear("mlp.0", c.dim, 4L * c.dim),
                    l.linear("mlp.2", 4L * c.dim, c.dim),
                    c.adaptive ? Optional.of(l.linear("adaLN_modulation", c.condition, 6L * c.dim)) : Optional.empty(),
                    c.heads);
        }

        void parameters(String name, BiConsumer<String, Tensor> to) {
            norm1.parameters(name + "norm1", to);
            qkv.parameters(name + "attn_qkv", to);
            output.parameters(name + "attn_out", to);
            norm2.parameters(name + "norm2", to);
            up.parameters(name + "mlp.0", to);
            down.parameters(name + "mlp.2", to);
            modulation.ifPresent(m -> m.parameters(name + "adaLN_modulation", to));
        }

        Tensor forward(int layer, Tensor x, Optional<Tensor> c, Rope.Turn turn, Attend attend) { // (B, T, C)
            Modulation m = new Modulation(modulation.map(map -> map.forward(c.orElseThrow())), x.size(2));
            Tensor h = x.add(m.gate(2, attention(layer, m.move(0, norm1.forward(x)), turn, attend)));
            Tensor mlp = down.forward(up.forward(m.move(3, norm2.forward(h))).geluTanh());
            return h.add(m.gate(5, mlp));
        }

        private Tensor attention(int layer, Tensor x, Rope.Turn turn, Attend attend) {
            long b = x.size(0);
            long t = x.size(1);
            Tensor all = qkv.forward(x).reshape(b * t, 3L * heads, -1); // (N, 3 H, D)
            Tensor turned = turn.apply(all.narrow(1, 0, 2L * heads));
            Tensor y = attend.apply(
                    layer,
                    texts(turned.narrow(1, 0, heads), b, t),
                    texts(turned.narrow(1, heads, heads), b, t),
                    texts(all.narrow(1, 2L * heads, heads), b, t));
            return output.forward(y.transpose(1, 2).reshape(b, t, -1));
        }

        private static Tensor texts(Tensor x, long b, long t) { // (N, H, D) -> (B, H, T, D)
            return x.reshape(b, t, x.size(1), x.size(2)).transpose(1, 2);
        }
    }

    /** Chunks of {@code width} that move, scale and gate rows; without any, rows pass as they are. */
    record Modulation(Optional<Tensor> all, long width) {

        private Tensor chunk(int i) { // (B, 1, C)
            return all.orElseThrow().narrow(1, i * width, width).unsqueeze(1);
        }

        Tensor move(int first, Tensor x) {
            return all.isEmpty() ? x : x.mul(chunk(first + 1).add(1)).add(chunk(first));
        }

        Tensor gate(int i, Tensor x) {
            return all.isEmpty() ? x : x.mul(chunk(i));
        }
    }

    /** The logits where nothing is said about the noise. */
    @Override
    public Tensor logits(Tensor ids, int[] positions, Attend attend) {
        return logits(ids, Tensor.zeros(ids.size(0)), positions, attend);
    }

    /** The logits at noise levels {@code sigma} (B). */
    public Tensor logits(Tensor ids, Tensor sigma, int[] positions, Attend attend) { // (B, T) -> (B, T, V)
        Tensor level = timeConditioned ? sigma : Tensor.zeros(ids.size(0));
        Optional<Tensor> c = time.map(t -> t.forward(level).silu()); // (B, condition)
        Rope.Turn turn = rope.at(positions);
        Tensor x = embedding.embedding(ids).toFloat(); // (B, T, C)
        for (int i = 0; i < blocks.size(); i++) {
            int layer = i;
            List<Tensor> inputs = c.isPresent() ? List.of(x, c.get()) : List.of(x);
            x = Recomputation.layer(
                    inputs,
                    in -> blocks.get(layer)
                            .forward(layer, in.get(0), in.stream().skip(1).findFirst(), turn, attend));
        }
        Modulation last = new Modulation(modulation.map(map -> map.forward(c.orElseThrow())), x.size(2));
        return head.forward(last.move(0, norm.forward(x)));
    }
}
