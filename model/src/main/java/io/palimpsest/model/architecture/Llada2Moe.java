package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Experts;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.RmsNorm;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * LLaDA2.0 and 2.1 (arXiv:2512.15745): the {@link Transformer} body with fused projections, norms of each head's queries and
 * keys, positions that turn part of a head, and many small experts.
 *
 * <p>The router is a sigmoid (arXiv:2412.19437). A bias takes part in the choice only; groups of experts are ranked by their
 * two best, only the best groups stay, and the weights of the chosen ones are scaled to a given sum.
 */
public final class Llada2Moe {

    private Llada2Moe() {}

    /**
     * The numbers that shape the feed-forward parts.
     *
     * @param denseLayers how many layers at the front have no experts
     * @param sharedHidden the width of the part every row passes beside the experts; 0 where there is none
     */
    public record Config(
            Transformer.Config body,
            int denseLayers,
            long denseHidden,
            long expertHidden,
            long sharedHidden,
            Routing routing,
            boolean headNorms,
            boolean tied) {}

    /** How rows are sent to experts. */
    public record Routing(int experts, int chosen, int groups, int chosenGroups, boolean normalised, double scale) {}

    public static Transformer load(Loader loader, Config c) {
        Transformer.Config b = c.body;
        Loader model = loader.at("model");
        return new Transformer(
                model.table("word_embeddings.weight", b.vocabulary(), b.dim()),
                Transformer.blocks(b.layers(), i -> block(model.at("layers." + i), c, i >= c.denseLayers)),
                model.norm("norm", b.dim(), b.normEps()),
                c.tied
                        ? model.linear("word_embeddings", b.dim(), b.vocabulary())
                        : loader.linear("lm_head", b.dim(), b.vocabulary()),
                b.rope());
    }

    private static Transformer.Block block(Loader l, Config c, boolean sparse) {
        Transformer.Config b = c.body;
        return new Transformer.Block(
                l.norm("input_layernorm", b.dim(), b.normEps()),
                attention(l.at("attention"), c),
                l.norm("post_attention_layernorm", b.dim(), b.normEps()),
                sparse ? sparse(l.at("mlp"), c) : Transformer.Mlp.load(l.at("mlp"), b.dim(), c.denseHidden));
    }

    private static Transformer.Attention attention(Loader l, Config c) {
        Transformer.Config b = c.body;
        long q = (long) b.heads() * b.headDim();
        return new Transformer.Attention(
                l.linear("query_key_value", b.dim(), q + 2L * b.kvHeads() * b.headDim()),
                headNorm(l, "query_layernorm", c),
                headNorm(l, "key_layernorm", c),
                l.linear("dense", q, b.dim()),
                b.heads(),
                b.kvHeads());
    }

    private static Optional<RmsNorm> headNorm(Loader l, String name, Config c) {
        return c.headNorms ? Optional.of(l.norm(name, c.body.headDim(), c.body.normEps())) : Optional.empty();
    }

    private static Transformer.FeedForward sparse(Loader l, Config c) {
        List<UnaryOperator<Tensor>> parts = new ArrayList<>();
        for (int i = 0; i < c.routing.experts; i++) {
            parts.add(Transformer.Mlp.load(l.at("experts." + i), c.body.dim(), c.expertHidden)::forward);
        }
        Experts experts = new Experts(router(l, c), parts);
        if (c.sharedHidden == 0) {
            return experts::forward;
        }
        Transformer.Mlp shared = Transformer.Mlp.load(l.at("shared_experts"), c.body.dim(), c.sharedHidden);
        return x -> experts.forward(x).add(shared.forward(x));
    }

    private static Experts.Router router(Loader l, Config c) {
        Tensor gate = l.tensor("gate.weight", c.routing.experts, c.body.dim());
        Tensor bias = l.weights().has("gate.expert_bias")
                ? l.tensor("gate.expert_bias", c.routing.experts)
                : Scope.keeping(() -> Tensor.zeros(c.routing.experts));
        return x -> {
            Tensor logits = x.linear(gate); // (N, E)
            Tensor sure = logits.sigmoid();
            Tensor ids = best(sure.add(bias), c.routing); // (N, k)
            Tensor weights = sure.gather(1, ids);
            Tensor shares = c.routing.normalised && c.routing.chosen > 1
                    ? weights.div(weights.sum(-1).unsqueeze(-1).add(1e-20))
                    : weights;
            return new Experts.Routes(logits, ids, shares.mul(c.routing.scale));
        };
    }

    /** The best experts of the best groups. */
    private static Tensor best(Tensor scores, Routing r) { // (N, E) -> (N, k)
        long n = scores.size(0);
        Tensor grouped = scores.reshape(n, r.groups, r.experts / r.groups); // (N, G, E/G)
        Tensor rank =
                grouped.topk(Math.min(2, r.experts / r.groups), -1).values().sum(-1); // (N, G)
        Tensor least = rank.topk(r.chosenGroups, -1).values().narrow(1, r.chosenGroups - 1L, 1); // (N, 1)
        Tensor out = rank.lt(least).unsqueeze(2).expand(n, r.groups, r.experts / r.groups);
        return grouped.maskedFill(out, Double.NEGATIVE_INFINITY)
                .reshape(n, r.experts)
                .topk(r.chosen, -1)
                .indices();
    }
}
