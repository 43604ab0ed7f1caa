package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * LLaDA (arXiv:2502.09992) and MMaDA's text body (arXiv:2505.15809): the {@link Transformer} body under OLMo's names.
 *
 * <p>{@code ff_out} is two things: in a block the way out of the gated MLP, beside the blocks the head.
 */
public final class Llada {

    private Llada() {}

    public static Transformer load(Loader loader, Transformer.Config c, long hidden, boolean tied) {
        Loader model = loader.at("model.transformer");
        Tensor embedding = model.table("wte.weight", c.vocabulary(), c.dim());
        // the largest map first, while nothing else is in memory
        Linear head = model.linear(tied ? "wte" : "ff_out", c.dim(), c.vocabulary());
        return new Transformer(
                embedding,
                Transformer.blocks(c.layers(), i -> block(model.at("blocks." + i), c, hidden)),
                model.norm("ln_f", c.dim(), c.normEps()),
                head,
                c.rope());
    }

    private static Transformer.Block block(Loader l, Transformer.Config c, long hidden) {
        return new Transformer.Block(
                l.norm("attn_norm", c.dim(), c.normEps()),
                attention(l, c),
                l.norm("ff_norm", c.dim(), c.normEps()),
                Transformer.Mlp.load(l, List.of("ff_proj", "up_proj"), "ff_out", c.dim(), hidden));
    }

    private static Transformer.Attention attention(Loader l, Transformer.Config c) {
        long q = (long) c.heads() * c.headDim();
        long kv = (long) c.kvHeads() * c.headDim();
        return new Transformer.Attention(
                l.fused(List.of("q_proj", "k_proj", "v_proj"), c.dim(), q, kv, kv),
                Optional.empty(),
                Optional.empty(),
                l.linear("attn_out", q, c.dim()),
                c.heads(),
                c.kvHeads());
    }
}
