package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Experts;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * LLaDA-MoE (arXiv:2509.24389): the {@link Transformer} body with norms of each head's queries and keys, and experts in some
 * or all layers.
 *
 * <p>The router is a softmax over all experts whose best are taken with their probabilities as they are: nothing makes them
 * sum to 1, and an expert bias, where there is one, stays in the weights.
 */
public final class LladaMoe {

    private LladaMoe() {}

    /**
     * The numbers that shape the feed-forward parts.
     *
     * @param sparse for each layer whether it has experts
     * @param sharedHidden the width of the part every row passes beside the experts; 0 where there is none
     */
    public record Config(
            Transformer.Config body,
            List<Boolean> sparse,
            long denseHidden,
            long expertHidden,
            long sharedHidden,
            int experts,
            int chosen,
            boolean headNorms,
            boolean tied) {}

    public static Transformer load(Loader loader, Config c) {
        Transformer.Config b = c.body;
        Loader model = loader.at("model");
        return new Transformer(
                model.table("embed_tokens.weight", b.vocabulary(), b.dim()),
                Transformer.blocks(b.layers(), i -> block(model.at("layers." + i), c, c.sparse.get(i))),
                model.norm("norm", b.dim(), b.normEps()),
                c.tied
                        ? model.linear("embed_tokens", b.dim(), b.vocabulary())
                        : loader.linear("lm_head", b.dim(), b.vocabulary()),
                b.rope());
    }

    private static Transformer.Block block(Loader l, Config c, boolean sparse) {
        Transformer.Config b = c.body;
        return new Transformer.Block(
                l.norm("input_layernorm", b.dim(), b.normEps()),
                Qwen.attention(l.at("self_attn"), b, c.headNorms),
                l.norm("post_attention_layernorm", b.dim(), b.normEps()),
                sparse ? sparse(l, c) : Transformer.Mlp.load(l.at("mlp"), b.dim(), c.denseHidden));
    }

    private static Transformer.FeedForward sparse(Loader l, Config c) {
        Experts experts = new Experts(router(l.at("mlp"), c), experts(l.at("mlp"), c));
        if (c.sharedHidden == 0) {
            return experts::forward;
        }
        Transformer.Mlp shared = Transformer.Mlp.load(l.at("shared_expert"), c.body.dim(), c.sharedHidden);
        return x -> experts.forward(x).add(shared.forward(x));
    }

    private static List<UnaryOperator<Tensor>> experts(Loader mlp, Config c) {
        List<UnaryOperator<Tensor>> experts = new ArrayList<>();
        for (int i = 0; i < c.experts; i++) {
            experts.add(Transformer.Mlp.load(mlp.at("experts." + i), c.body.dim(), c.expertHidden)::forward);
        }
        return experts;
    }

    private static Experts.Router router(Loader mlp, Config c) {
        Tensor gate = mlp.tensor("gate.weight", c.experts, c.body.dim());
        Optional<Tensor> bias =
                mlp.weights().has("expert_bias") ? Optional.of(mlp.tensor("expert_bias", c.experts)) : Optional.empty();
        return x -> {
            Tensor logits = x.linear(gate); // (N, E)
            Tensor p = logits.softmax(-1);
            Tensor.Top top = (bias.isPresent() ? p.add(bias.get()) : p).topk(c.chosen, -1);
            return new Experts.Routes(logits, top.indices(), top.values());
        };
    }
}
