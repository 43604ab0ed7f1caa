package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Experts;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * {@link Qwen} with experts: SDAR-MoE (arXiv:2510.06303) on Qwen3-MoE (arXiv:2505.09388). The router is a softmax over all
 * experts; the best are taken, and their probabilities may be made to sum to 1.
 */
public final class QwenMoe {

    private QwenMoe() {}

    /**
     * The numbers that shape the feed-forward parts.
     *
     * @param sparse whether a layer has experts
     */
    public record Config(
            Transformer.Config body,
            IntPredicate sparse,
            long denseHidden,
            long expertHidden,
            int experts,
            int chosen,
            boolean normalised,
            boolean tied) {}

    public static Transformer load(Loader loader, Config c) {
        return Qwen.load(
                loader,
                c.body,
                true,
                c.tied,
                (layer, mlp) ->
                        c.sparse.test(layer) ? sparse(mlp, c) : Transformer.Mlp.load(mlp, c.body.dim(), c.denseHidden));
    }

    private static Transformer.FeedForward sparse(Loader mlp, Config c) {
        Tensor gate = mlp.tensor("gate.weight", c.experts, c.body.dim());
        Experts experts = new Experts(
                x -> {
                    Tensor logits = x.linear(gate); // (N, E)
                    Tensor.Top top = logits.softmax(-1).topk(c.chosen, -1); // (N, k)
                    Tensor p = top.values();
                    Tensor weights = c.normalised ? p.div(p.sum(-1).unsqueeze(-1)) : p;
                    return new Experts.Routes(logits, top.indices(), weights);
                },
                IntStream.range(0, c.experts)
                        .<UnaryOperator<Tensor>>mapToObj(i ->
                                Transformer.Mlp.load(mlp.at("experts." + i), c.body.dim(), c.expertHidden)::forward)
                        .toList());
        return experts::forward;
    }
}
