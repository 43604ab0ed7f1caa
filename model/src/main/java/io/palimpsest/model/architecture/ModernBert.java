package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Activation;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.LayerNorm;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Rope;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * ModernBERT (arXiv:2412.13663) as a denoiser: a pre-norm encoder whose layers see a window of positions, and every few of
 * them all, with rotary positions of their own frequencies.
 *
 * @param every each layer whose number it divides sees everything
 * @param reach how far the others see
 */
public record ModernBert(
        Tensor words,
        LayerNorm embeddingNorm,
        List<Layer> layers,
        LayerNorm finalNorm,
        Linear dense,
        Activation headActivation,
        LayerNorm headNorm,
        Linear decoder,
        Optional<Tensor> decoderBias,
        Rope globalRope,
        Rope localRope,
        int every,
        int reach)
        implements CanvasNetwork {

    /** The numbers that shape the network. */
    public record Config(
            int layers,
            int dim,
            int hidden,
            int heads,
            int vocabulary,
            int every,
            int window,
            double globalTheta,
            double localTheta,
            double normEps,
            Activation activation,
            Activation headActivation) {}

    public static ModernBert load(Loader loader, Config c) {
        Loader model = loader.at("model");
        Loader embeddings = model.at("embeddings");
        int headDim = c.dim / c.heads;
        return new ModernBert(
                embeddings.table("tok_embeddings.weight", c.vocabulary, c.dim),
                embeddings.layerNorm("norm", c.dim, c.normEps),
                IntStream.range(0, c.layers)
                        .mapToObj(i -> Layer.load(model.at("layers." + i), c, i))
                        .toList(),
                model.layerNorm("final_norm", c.dim, c.normEps),
                loader.linear("head.dense", c.dim, c.dim),
                c.headActivation,
                loader.layerNorm("head.norm", c.dim, c.normEps),
                embeddings.linear("tok_embeddings", c.dim, c.vocabulary),
                loader.weights().has("decoder.bias")
                        ? Optional.of(loader.tensor("decoder.bias", c.vocabulary))
                        : Optional.empty(),
                Rope.of(headDim, c.globalTheta),
                Rope.of(headDim, c.localTheta),
                c.every,
                c.window / 2);
    }

    /** One pre-norm layer with a gated MLP; the first has no norm before its attention. */
    public record Layer(
            Optional<LayerNorm> norm1,
            Linear qkv,
            Linear output,
            LayerNorm norm2,
            Linear up,
            Linear down,
            Activation activation,
            int heads) {

        static Layer load(Loader l, Config c, int layer) {
            return new Layer(
                    layer == 0 ? Optional.empty() : Optional.of(l.layerNorm("attn_norm", c.dim, c.normEps)),
                    l.linear("attn.Wqkv", c.dim, 3L * c.dim),
                    l.linear("attn.Wo", c.dim, c.dim),
                    l.layerNorm("mlp_norm", c.dim, c.normEps),
                    l.linear("mlp.Wi", c.dim, 2L * c.hidden),
                    l.linear("mlp.Wo", c.hidden, c.dim),
                    c.activation,
                    c.heads);
        }

        Tensor forward(Tensor x, Rope.Turn turn, Look look) { // (B, T, C) -> (B, T, C)
            Tensor in = norm1.isPresent() ? norm1.get().forward(x) : x;
            Tensor h = x.add(attention(in, turn, look));
            Tensor both = up.forward(norm2.forward(h)); // (B, T, 2 * hidden)
            long hidden = both.size(2) / 2;
            Tensor gated = activation.of(both.narrow(2, 0, hidden)).mul(both.narrow(2, hidden, hidden));
            return h.add(down.forward(gated));
        }

        private Tensor attention(Tensor x, Rope.Turn turn, Look look) {
            long b = x.size(0);
            long t = x.size(1);
            Tensor all = qkv.forward(x).reshape(b * t, 3L * heads, -1); // (N, 3 H, D)
            Tensor turned = turn.apply(all.narrow(1, 0, 2L * heads));
            Tensor y = look.apply(
                    texts(turned.narrow(1, 0, heads), b, t),
                    texts(turned.narrow(1, heads, heads), b, t),
                    texts(all.narrow(1, 2L * heads, heads), b, t));
            return output.forward(y.transpose(1, 2).reshape(b, t, -1));
        }

        private static Tensor texts(Tensor x, long b, long t) { // (N, H, D) -> (B, H, T, D)
            return x.reshape(b, t, x.size(1), x.size(2)).transpose(1, 2);
        }
    }

    /** How a layer looks around: everywhere, or near. */
    interface Look {
        Tensor apply(Tensor q, Tensor k, Tensor v);
    }

    @Override
    public Tensor logits(Tensor ids, int[] positions, Attend attend) { // (B, T) -> (B, T, V)
        Rope.Turn global = globalRope.at(positions);
        Rope.Turn local = localRope.at(positions);
        Tensor x = embeddingNorm.forward(words.embedding(ids).toFloat()); // (B, T, C)
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            boolean all = layer % every == 0;
            Tensor in = x;
            Look look = (q, k, v) -> all ? attend.apply(layer, q, k, v) : attend.near(layer, reach, q, k, v);
            x = Scope.returning(() -> layers.get(layer).forward(in, all ? global : local, look));
        }
        Tensor h = headNorm.forward(headActivation.of(dense.forward(finalNorm.forward(x))));
        Tensor y = decoder.forward(h);
        return decoderBias.isPresent() ? y.add(decoderBias.get()) : y;
    }
}
