package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.LayerNorm;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Rope;
import io.palimpsest.tensor.Recomputation;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** {@link Dit}'s blocks over vectors in place of tokens: every position sees every other, and norms are told the noise. */
public record NoisedEncoder(
        Linear in, Dit.TimeEmbedding time, List<Dit.Block> blocks, LayerNorm norm, Linear modulation, Rope rope) {

    private static final double EPS = 1e-5;

    static NoisedEncoder load(Loader l, long channels, Dit.Config c) {
        return new NoisedEncoder(
                l.linear("input", channels, c.dim()),
                Dit.TimeEmbedding.load(l.at("sigma_map.mlp"), c.condition()),
                IntStream.range(0, c.layers())
                        .mapToObj(i -> Dit.Block.load(l.at("blocks." + i), c))
                        .toList(),
                l.layerNorm("output_layer.norm_final", c.dim(), EPS),
                l.linear("output_layer.adaLN_modulation", c.condition(), 2L * c.dim()),
                Rope.of(c.dim() / c.heads(), 10000));
    }

    void parameters(String name, BiConsumer<String, Tensor> to) {
        in.parameters(name + "input", to);
        time.in().parameters(name + "sigma_map.mlp.0", to);
        time.out().parameters(name + "sigma_map.mlp.2", to);
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).parameters(name + "blocks." + i + ".", to);
        }
        norm.parameters(name + "output_layer.norm_final", to);
        modulation.parameters(name + "output_layer.adaLN_modulation", to);
    }

    /** What the last norm makes of {@code rows}, which stand in for {@code in}'s result. */
    Tensor forward(Tensor rows, Tensor told) { // (B, T, dim), (B) -> (B, T, dim)
        int b = (int) rows.size(0);
        int length = (int) rows.size(1);
        Tensor c = time.forward(told).silu(); // (B, condition)
        Rope.Turn turn =
                rope.at(IntStream.range(0, b * length).map(i -> i % length).toArray());
        Attend attend = Attend.everywhere();
        Tensor h = rows;
        for (int i = 0; i < blocks.size(); i++) {
            int layer = i;
            h = Recomputation.layer(
                    List.of(h, c),
                    all -> blocks.get(layer).forward(layer, all.get(0), Optional.of(all.get(1)), turn, attend));
        }
        Dit.Modulation last = new Dit.Modulation(Optional.of(modulation.forward(c)), h.size(2));
        return last.move(0, norm.forward(h));
    }
}
