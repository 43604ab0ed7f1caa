package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;

/** A network that denoises word embeddings, and the words behind them (Diffusion-LM, arXiv:2205.14217). */
public interface EmbeddingDenoiser {

    /** Predicts the clean embeddings behind {@code x}, x₀. */
    Tensor predict(Tensor x, Tensor told); // (B, T, C), (B) -> (B, T, C)

    /** The embeddings of words. */
    Tensor embed(Tensor ids); // (B, T) -> (B, T, C)

    /** Which words embeddings stand for. */
    Tensor logits(Tensor x); // (B, T, C) -> (B, T, V)

    /** The word embedding next to each row: the clamping trick, which makes the network commit to words. */
    Tensor nearest(Tensor x); // (B, T, C) -> (B, T, C)
}
