package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.RmsNorm;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The {@link Transformer} body under the names of transformers: Dream (arXiv:2508.15487) and Fast-dLLM v2 (arXiv:2509.26328)
 * on Qwen2, SDAR (arXiv:2510.06303) on Qwen3, and any Llama or Qwen body that was adapted to diffusion.
 *
 * <p>Biases are where the checkpoint has them. Qwen3 normalises queries and keys head by head before they are turned.
 */
public final class Qwen {

    private Qwen() {}

    public static Transformer load(Loader loader, Transformer.Config c, long hidden, boolean headNorms, boolean tied) {
        return load(loader, c, headNorms, tied, (layer, mlp) -> Transformer.Mlp.load(mlp, c.dim(), hidden));
    }

    /** Makes the feed-forward part of a layer from its tensors. */
    interface FeedForwards {
        Transformer.FeedForward of(int layer, Loader mlp);
    }

    static Transformer load(
            Loader loader, Transformer.Config c, boolean headNorms, boolean tied, FeedForwards feedForwards) {
        Loader model = loader.at("model");
        // the largest map first, while nothing else is in memory
        Linear head = tied
                ? model.linear("embed_tokens", c.dim(), c.vocabulary())
                : loader.linear("lm_head", c.dim(), c.vocabulary());
        return new Transformer(
                model.table("embed_tokens.weight", c.vocabulary(), c.dim()),
                Transformer.blocks(
                        c.layers(), i -> block(model.at("layers." + i), c, headNorms, mlp -> feedForwards.of(i, mlp))),
                model.norm("norm", c.dim(), c.normEps()),
                head,
                c.rope());
    }

    private static Transformer.Block block(
            Loader l, Transformer.Config c, boolean headNorms, Function<Loader, Transformer.FeedForward> feedForward) {
        return new Transformer.Block(
                l.norm("input_layernorm", c.dim(), c.normEps()),
                attention(l.at("self_attn"), c, headNorms),
                l.norm("post_attention_layernorm", c.dim(), c.normEps()),
                feedForward.apply(l.at("mlp")));
    }

    static Transformer.Attention attention(Loader l, Transformer.Config c, boolean headNorms) {
        long q = (long) c.heads() * c.headDim();
        long kv = (long) c.kvHeads() * c.headDim();
        return new Transformer.Attention(
                l.fused(List.of("q_proj", "k_proj", "v_proj"), c.dim(), q, kv, kv),
                headNorm(l, "q_norm", c, headNorms),
                headNorm(l, "k_norm", c, headNorms),
                l.linear("o_proj", q, c.dim()),
                c.heads(),
                c.kvHeads());
    }

    private static Optional<RmsNorm> headNorm(Loader l, String name, Transformer.Config c, boolean headNorms) {
        return headNorms ? Optional.of(l.norm(name, c.headDim(), c.normEps())) : Optional.empty();
    }
}
