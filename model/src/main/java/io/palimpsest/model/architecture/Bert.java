package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Activation;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.LayerNorm;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BERT (arXiv:1810.04805) and RoBERTa (arXiv:1907.11692) as denoisers: encoders with norms behind the residuals and learned
 * positions, which predict hidden tokens.
 *
 * @param firstPosition the row of the position table that the first position has; RoBERTa's begin behind its padding's
 */
public record Bert(
        Tensor words,
        Tensor positionTable,
        Tensor types,
        LayerNorm embeddingNorm,
        Encoder encoder,
        Linear transform,
        Activation activation,
        LayerNorm headNorm,
        Linear decoder,
        Tensor decoderBias,
        int firstPosition)
        implements CanvasNetwork {

    /** The numbers that shape the network. */
    public record Config(
            int layers,
            int dim,
            int hidden,
            int heads,
            int vocabulary,
            int context,
            int types,
            double normEps,
            Activation activation) {}

    /** BERT, under its names. */
    public static Bert load(Loader loader, Config c) {
        Loader head = loader.at("cls.predictions");
        return load(loader.at("bert"), c, new Head(head, "transform.dense", "transform.LayerNorm", "bias"), 0);
    }

    /** RoBERTa, under its names. */
    public static Bert loadRoberta(Loader loader, Config c, int padding) {
        Loader head = loader.at("lm_head");
        return load(loader.at("roberta"), c, new Head(head, "dense", "layer_norm", "bias"), padding + 1);
    }

    private record Head(Loader loader, String dense, String norm, String bias) {}

    private static Bert load(Loader l, Config c, Head head, int firstPosition) {
        Loader embeddings = l.at("embeddings");
        return new Bert(
                embeddings.table("word_embeddings.weight", c.vocabulary, c.dim),
                embeddings.tensor("position_embeddings.weight", c.context, c.dim),
                embeddings.tensor("token_type_embeddings.weight", c.types, c.dim),
                embeddings.layerNorm("LayerNorm", c.dim, c.normEps),
                Encoder.load(l.at("encoder"), c),
                head.loader.linear(head.dense, c.dim, c.dim),
                c.activation,
                head.loader.layerNorm(head.norm, c.dim, c.normEps),
                embeddings.linear("word_embeddings", c.dim, c.vocabulary),
                head.loader.tensor(head.bias, c.vocabulary),
                firstPosition);
    }

    /** The layers, which Diffusion-LM (arXiv:2205.14217) uses without the rest. */
    public record Encoder(List<Layer> layers) {

        static Encoder load(Loader l, Config c) {
            return new Encoder(IntStream.range(0, c.layers)
                    .mapToObj(i -> Layer.load(l.at("layer." + i), c))
                    .toList());
        }

        Tensor forward(Tensor x, Attend attend) { // (B, T, C) -> (B, T, C)
            for (int i = 0; i < layers.size(); i++) {
                int layer = i;
                Tensor in = x;
                x = Scope.returning(() -> layers.get(layer).forward(layer, in, attend));
            }
            return x;
        }
    }

    /** One layer: each part's sum with what went in is normalised. */
    public record Layer(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            LayerNorm norm1,
            Linear up,
            Linear down,
            LayerNorm norm2,
            Activation activation,
            int heads) {

        static Layer load(Loader l, Config c) {
            return new Layer(
                    l.linear("attention.self.query", c.dim, c.dim),
                    l.linear("attention.self.key", c.dim, c.dim),
                    l.linear("attention.self.value", c.dim, c.dim),
                    l.linear("attention.output.dense", c.dim, c.dim),
                    l.layerNorm("attention.output.LayerNorm", c.dim, c.normEps),
                    l.linear("intermediate.dense", c.dim, c.hidden),
                    l.linear("output.dense", c.hidden, c.dim),
                    l.layerNorm("output.LayerNorm", c.dim, c.normEps),
                    c.activation,
                    c.heads);
        }

        Tensor forward(int layer, Tensor x, Attend attend) { // (B, T, C) -> (B, T, C)
            Tensor y = attend.apply(
                    layer, split(query.forward(x)), split(key.forward(x)), split(value.forward(x))); // (B, H, T, D)
            Tensor joined = y.transpose(1, 2).reshape(x.shape());
            Tensor h = norm1.forward(x.add(output.forward(joined)));
            return norm2.forward(h.add(down.forward(activation.of(up.forward(h)))));
        }

        private Tensor split(Tensor x) { // (B, T, C) -> (B, H, T, D)
            return x.reshape(x.size(0), x.size(1), heads, -1).transpose(1, 2);
        }
    }

    @Override
    public Tensor logits(Tensor ids, int[] positions, Attend attend) { // (B, T) -> (B, T, V)
        return logits(ids, Tensor.ids(new int[positions.length], ids.size(0), ids.size(1)), positions, attend);
    }

    /** The logits of rows that belong to segments {@code typeIds} (B, T). */
    public Tensor logits(Tensor ids, Tensor typeIds, int[] positions, Attend attend) {
        int[] rows = Arrays.stream(positions).map(p -> p + firstPosition).toArray();
        Tensor at = positionTable.embedding(Tensor.ids(rows, ids.size(0), ids.size(1)));
        Tensor sum =
                words.embedding(ids).toFloat().add(types.embedding(typeIds)).add(at); // (B, T, C)
        Tensor x = encoder.forward(embeddingNorm.forward(sum), attend);
        Tensor h = headNorm.forward(activation.of(transform.forward(x)));
        return decoder.forward(h).add(decoderBias);
    }
}
