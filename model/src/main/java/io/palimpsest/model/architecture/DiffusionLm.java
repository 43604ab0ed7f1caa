package io.palimpsest.model.architecture;

import io.palimpsest.diffusion.process.EmbeddingDenoiser;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.LayerNorm;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * Diffusion-LM (arXiv:2205.14217): an encoder of {@link Bert}'s layers between two small networks, from noised word embeddings
 * to clean ones. The words' table is also what tells the words behind embeddings.
 *
 * @param words (V, C), with C the width of the embeddings
 * @param wordBias (V)
 * @param byDistance whether words are told by their distance from an embedding and not by a product with it
 */
public record DiffusionLm(
        Tensor words,
        Tensor wordBias,
        boolean byDistance,
        TimeEmbedding time,
        TwoMaps in,
        Tensor positionTable,
        LayerNorm norm,
        Bert.Encoder encoder,
        TwoMaps out)
        implements EmbeddingDenoiser {

    /**
     * The numbers that shape the network.
     *
     * @param channels the width of the word embeddings
     * @param sinusoids how many numbers a time is first made of
     */
    public record Config(Bert.Config encoder, int channels, int sinusoids, boolean byDistance) {}

    public static DiffusionLm load(Loader loader, Config c) {
        int dim = c.encoder.dim();
        return new DiffusionLm(
                loader.tensor("word_embedding.weight", c.encoder.vocabulary(), c.channels),
                loader.tensor("lm_head.bias", c.encoder.vocabulary()),
                c.byDistance,
                TimeEmbedding.load(loader.at("time_embed"), c.sinusoids, dim),
                TwoMaps.load(loader.at("input_up_proj"), c.channels, dim, dim),
                loader.tensor("position_embeddings.weight", c.encoder.context(), dim),
                loader.layerNorm("LayerNorm", dim, c.encoder.normEps()),
                Bert.Encoder.load(loader.at("input_transformers"), c.encoder),
                TwoMaps.load(loader.at("output_down_proj"), dim, dim, c.channels));
    }

    /** Two linear maps with a tangent between them. */
    public record TwoMaps(Linear first, Linear second) {

        static TwoMaps load(Loader l, long in, long hidden, long out) {
            return new TwoMaps(l.linear("0", in, hidden), l.linear("2", hidden, out));
        }

        Tensor forward(Tensor x) { // (.., in) -> (.., out)
            return second.forward(first.forward(x).tanh());
        }
    }

    /** A time as a vector: sinusoids, cosines first, through a small network (arXiv:2006.11239). */
    public record TimeEmbedding(Linear first, Linear second, int width) {

        static TimeEmbedding load(Loader l, int width, long dim) {
            return new TimeEmbedding(l.linear("0", width, 4L * width), l.linear("2", 4L * width, dim), width);
        }

        Tensor forward(Tensor times) { // (B) -> (B, dim)
            return second.forward(first.forward(Sinusoids.of(times, width)).silu());
        }
    }

    @Override
    public Tensor predict(Tensor x, Tensor told) { // (B, T, C), (B) -> (B, T, C)
        return Scope.returning(() -> {
            int length = (int) x.size(1);
            int[] positions = IntStream.range(0, length).toArray();
            Tensor at = positionTable.embedding(Tensor.ids(positions, 1, length)); // (1, T, dim)
            Tensor sum = in.forward(x).add(at).add(time.forward(told).unsqueeze(1));
            return out.forward(encoder.forward(norm.forward(sum), Attend.all(length)));
        });
    }

    @Override
    public Tensor embed(Tensor ids) { // (B, T) -> (B, T, C)
        return words.embedding(ids);
    }

    @Override
    public Tensor logits(Tensor x) { // (B, T, C) -> (B, T, V)
        return byDistance ? squareDistances(x).clampMin(0).sqrt().neg() : x.linear(words, wordBias);
    }

    @Override
    public Tensor nearest(Tensor x) { // (B, T, C) -> (B, T, C)
        return words.embedding(squareDistances(x).neg().argmax(-1));
    }

    private Tensor squareDistances(Tensor x) { // (B, T, C) -> (B, T, V)
        Tensor own = x.square().sum(-1).unsqueeze(-1); // (B, T, 1)
        return own.add(words.square().sum(-1)).sub(x.linear(words).mul(2));
    }
}
