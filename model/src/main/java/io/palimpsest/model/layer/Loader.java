package io.palimpsest.model.layer;

import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Int8Weight;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes layers from a checkpoint's weights: the one place that decides what a linear map is made of.
 *
 * <p>Weights are converted to the run's precision one map at a time, so that a large checkpoint never stands in memory
 * twice.
 *
 * @param weights the checkpoint, seen from the part being loaded
 * @param precision what linear maps compute with
 * @param adapter low-rank adapters by the same names; empty where there is none
 * @param smoothing activation smoothing by the same names ({@code name.smoothing}); empty where there is none
 */
public record Loader(
        Weights weights, Precision precision, Optional<AdapterWeights> adapter, Optional<Weights> smoothing) {

    /** A low-rank adapter's tensors: {@code name.lora_A.weight} (r, in) and {@code name.lora_B.weight} (out, r). */
    public record AdapterWeights(Weights weights, double scale) {}

    /** A loader without adapter or smoothing. */
    public static Loader of(Weights weights, Precision precision) {
        return new Loader(weights, precision, Optional.empty(), Optional.empty());
    }

    /** This loader seen from the part called {@code prefix}. */
    public Loader at(String prefix) {
        return new Loader(
                weights.at(prefix),
                precision,
                adapter.map(a -> new AdapterWeights(a.weights().at(prefix), a.scale())),
                smoothing.map(s -> s.at(prefix)));
    }

    /** The map called {@code name}, with its bias where the checkpoint has one. */
    public Linear linear(String name, long in, long out) {
        return fused(List.of(name), in, out);
    }

    /**
     * A map whose inputs have outliers, such as the way out of a gated MLP: where the processor leaves activations fewer than
     * 8 bits, this one gets them in two parts ({@link Int8Weight#packFine}).
     */
    public Linear delicate(String name, long in, long out) {
        return loaded(List.of(name), precision.forOutliers(), in, out);
    }

    /** Maps of one input side by side as a single map: {@code out} outputs of each name in turn. */
    public Linear fused(List<String> names, long in, long... out) {
        return loaded(names, precision::linear, in, out);
    }

    private Linear loaded(List<String> names, Function<Tensor, Linear> kernel, long in, long... out) {
        try (Scope memory = Scope.inference()) {
            Optional<Tensor> scale = smoothing(names, in);
            Tensor weight = weight(names, in, out);
            Optional<LowRank> added = adapter.flatMap(a -> lowRank(a, names, in, out));
            Linear map = added.isPresent()
                    ? stacked(weight, added.get(), scale, names, kernel, out)
                    : biased(kernel.apply(scaled(weight, scale)), names, 0, out);
            return scale.isEmpty() ? map : smoothed(map, scale.get());
        }
    }

    /** Both factors of an adapter, a (r, in) and b (out, r), with the scale in b. */
    private record LowRank(Tensor a, Tensor b) {}

    /**
     * Where the base map gives a row the same bits whatever stands beside it, so must the adapter: its first factor is part of
     * that map, and the second is made to.
     */
    private Linear stacked(
            Tensor weight,
            LowRank added,
            Optional<Tensor> scale,
            List<String> names,
            Function<Tensor, Linear> kernel,
            long... out) {
        Tensor both = Tensor.cat(weight.toFloat(), added.a, 0); // (out + r, in)
        Linear map = biased(kernel.apply(scaled(both, scale)), names, added.a.size(0), out);
        return new Linear.Stacked(map, precision.lowRank(added.b), weight.size(0));
    }

    /** The map with the biases that the checkpoint has, and none for {@code further} outputs. */
    private Linear biased(Linear map, List<String> names, long further, long... out) {
        return names.stream().anyMatch(n -> weights.has(n + ".bias"))
                ? new Linear.Biased(map, bias(names, further, out))
                : map;
    }

    /** What the input channels of the maps called {@code names} are divided by. */
    private Optional<Tensor> smoothing(List<String> names, long in) { // (in)
        String key = names.get(0) + ".smoothing";
        return precision == Precision.INT8
                ? smoothing.filter(s -> s.has(key)).map(s -> s.get(key, in).toFloat())
                : Optional.empty();
    }

    private static Tensor scaled(Tensor weight, Optional<Tensor> scale) { // (out, in)
        return scale.map(s -> weight.toFloat().mul(s.unsqueeze(0))).orElse(weight);
    }

    private static Linear smoothed(Linear map, Tensor scale) {
        return new Linear.Smoothed(
                map, Scope.keeping(() -> Tensor.ones(scale.size(0)).div(scale)));
    }

    /** In the stored type: widening it here would take up to four times the room. */
    private Tensor weight(List<String> names, long in, long... out) {
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < out.length; i++) {
            parts.add(weights.get(names.get(i) + ".weight", out[i], in));
        }
        return Tensor.cat(parts, 0);
    }

    private Tensor bias(List<String> names, long further, long... out) {
        return Scope.keeping(() -> {
            List<Tensor> parts = new ArrayList<>();
            for (int i = 0; i < out.length; i++) {
                String bias = names.get(i) + ".bias";
                parts.add(weights.has(bias) ? weights.get(bias, out[i]).toFloat() : Tensor.zeros(out[i]));
            }
            parts.add(Tensor.zeros(further));
            return Tensor.cat(parts, 0);
        });
    }

    private static Optional<LowRank> lowRank(AdapterWeights adapter, List<String> names, long in, long... out) {
        List<Tensor> as = new ArrayList<>();
        List<Tensor> bs = new ArrayList<>();
        for (int i = 0; i < out.length; i++) {
            String a = names.get(i) + ".lora_A.weight";
            boolean has = adapter.weights().has(a);
            long rank = has ? adapter.weights().get(a).size(0) : 0;
            as.add(has ? adapter.weights().get(a, rank, in).toFloat() : Tensor.zeros(0, in));
            bs.add(
                    has
                            ? adapter.weights()
                                    .get(names.get(i) + ".lora_B.weight", out[i], rank)
                                    .toFloat()
                            : Tensor.zeros(out[i], 0));
        }
        return as.stream().allMatch(a -> a.size(0) == 0)
                ? Optional.empty()
                : Optional.of(joined(as, bs, adapter.scale()));
    }

    /** Maps that were trained as one share their first factor: then it is applied once. */
    private static LowRank joined(List<Tensor> as, List<Tensor> bs, double scale) {
        boolean shared = as.stream().skip(1).allMatch(a -> isSame(a, as.get(0)));
        Tensor a = shared ? as.get(0) : Tensor.cat(as, 0); // (r, in)
        Tensor b = shared ? Tensor.cat(bs, 0) : blockDiagonal(bs); // (out, r)
        return new LowRank(a, b.mul(scale));
    }

    private static boolean isSame(Tensor a, Tensor b) {
        return a.dtype() == b.dtype() && Arrays.equals(a.shape(), b.shape()) && Arrays.equals(a.toBytes(), b.toBytes());
    }

    private static Tensor blockDiagonal(List<Tensor> parts) { // (out_i, r_i) each -> (sum out, sum r)
        long rank = parts.stream().mapToLong(p -> p.size(1)).sum();
        List<Tensor> rows = new ArrayList<>();
        long before = 0;
        for (Tensor part : parts) {
            long n = part.size(0);
            long after = rank - before - part.size(1);
            rows.add(Tensor.cat(List.of(Tensor.zeros(n, before), part, Tensor.zeros(n, after)), 1));
            before += part.size(1);
        }
        return Tensor.cat(rows, 0);
    }

    /** The norm called {@code name}. */
    public RmsNorm norm(String name, long dim, double eps) {
        return new RmsNorm(tensor(name + ".weight", dim), eps);
    }

    /** The layer norm called {@code name}, with its bias where the checkpoint has one. */
    public LayerNorm layerNorm(String name, long dim, double eps) {
        String bias = name + ".bias";
        return new LayerNorm(
                tensor(name + ".weight", dim),
                weights.has(bias) ? Optional.of(tensor(bias, dim)) : Optional.empty(),
                eps);
    }

    /** A tensor that is not a linear map, in fp32. */
    public Tensor tensor(String name, long... shape) {
        return Scope.keeping(() -> weights.get(name, shape).toFloat().copy());
    }

    /** A lookup table, in fp32 where the run's weights are and in bf16 elsewhere. */
    public Tensor table(String name, long rows, long dim) {
        return Scope.keeping(
                () -> weights.get(name, rows, dim).to(precision.table()).copy());
    }
}
