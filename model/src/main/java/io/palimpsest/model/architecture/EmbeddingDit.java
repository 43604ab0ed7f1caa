package io.palimpsest.model.architecture;

import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A diffusion transformer over word embeddings (CDCD, arXiv:2211.15089): embeddings of one length under normal noise go in, beside
 * what was predicted last; logits of the words behind them come out.
 *
 * @param words the embeddings before they are brought to one length, (V, C)
 * @param given added where the embedding is clean and is to stay, (dim)
 */
public record EmbeddingDit(Tensor words, NoisedEncoder encoder, Tensor given, Linear head) implements WordDenoiser {

    private static final double LEAST_NORM = 1e-12;

    /** The numbers that shape the network; {@code channels} is the width of the word embeddings. */
    public record Config(Dit.Config body, int channels) {}

    public static EmbeddingDit load(Loader loader, Config c) {
        Loader l = loader.at("backbone");
        return new EmbeddingDit(
                loader.tensor("word_embedding.weight", c.body.vocabulary(), c.channels),
                NoisedEncoder.load(l, 2L * c.channels, c.body),
                l.tensor("given", c.body.dim()),
                l.linear("output_layer.linear", c.body.dim(), c.body.vocabulary()));
    }

    /** Everything that training changes, by the names that {@link #load} reads. */
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        all.put("word_embedding.weight", words);
        encoder.parameters("backbone.", all::put);
        all.put("backbone.given", given);
        head.parameters("backbone.output_layer.linear", all::put);
        return all;
    }

    @Override
    public Tensor logits(Tensor x, Tensor estimate, Tensor isGiven, Tensor told) { // -> (B, T, V)
        Tensor rows = encoder.in().forward(Tensor.cat(x, estimate, 2)).add(isGiven.mul(given)); // (B, T, dim)
        return head.forward(encoder.forward(rows, told));
    }

    @Override
    public Tensor embed(Tensor ids) { // (B, T) -> (B, T, C)
        return table().embedding(ids);
    }

    @Override
    public Tensor expected(Tensor logits) { // (B, T, V) -> (B, T, C)
        return logits.softmax(-1).matmul(table());
    }

    @Override
    public Tensor products(Tensor x) { // (B, T, C) -> (B, T, V)
        return x.linear(table());
    }

    /** All embeddings, their norms √C. */
    private Tensor table() { // (V, C)
        Tensor square = words.square().mean(1, true).clampMin(LEAST_NORM);
        return words.mul(square.rsqrt());
    }
}
