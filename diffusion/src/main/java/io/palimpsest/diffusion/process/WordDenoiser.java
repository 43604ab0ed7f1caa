package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;

/**
 * A network that tells the words behind noised embeddings (CDCD, arXiv:2211.15089). Its embeddings have variance 1 in every
 * channel on average: all lie on one sphere.
 */
public interface WordDenoiser {

    /**
     * Which words stand behind {@code x}.
     *
     * @param x noised embeddings, clean ones where {@code given}, (B, T, C)
     * @param estimate what was predicted last, or zeros (self-conditioning, Analog Bits, arXiv:2208.04202), (B, T, C)
     * @param given 1 where the embedding is a clean one that is to stay, 0 elsewhere, (B, T, 1)
     * @param told the noise of each text, (B)
     * @return (B, T, V)
     */
    Tensor logits(Tensor x, Tensor estimate, Tensor given, Tensor told);

    /** The embeddings of words. */
    Tensor embed(Tensor ids); // (B, T) -> (B, T, C)

    /** The mean embedding under predicted words, E[x₀ | x_t]: score interpolation (CDCD, section 3.1). */
    Tensor expected(Tensor logits); // (B, T, V) -> (B, T, C)

    /** How much {@code x} resembles each word's embedding, as a product. */
    Tensor products(Tensor x); // (B, T, C) -> (B, T, V)
}
