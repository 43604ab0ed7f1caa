package io.palimpsest.model.layer;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.HalfWeight;
import io.palimpsest.tensor.Int8Weight;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A linear map; what its weights are made of is its own affair. */
public sealed interface Linear {

    Tensor forward(Tensor x); // (.., in) -> (.., out)

    /**
     * The map over rows of which only those from {@code firstAdapted} on may see an adapter; the others get the base map
     * alone.
     */
    default Tensor forward(Tensor x, long firstAdapted) { // (N, in) -> (N, out)
        return forward(x);
    }

    /** Gives {@code to} the tensors it is trained by, under the names that checkpoints have for a map called {@code name}. */
    default void parameters(String name, BiConsumer<String, Tensor> to) {
        throw new UnsupportedOperationException(
                name + " cannot be trained: it is a " + getClass().getSimpleName());
    }

    /** Weights as they are, in fp32 or another floating-point type; the result is fp32. */
    record Dense(Tensor weight) implements Linear {
        @Override
        public void parameters(String name, BiConsumer<String, Tensor> to) {
            to.accept(name + ".weight", weight);
        }

        @Override
        public Tensor forward(Tensor x) {
            return x.to(weight.dtype()).linear(weight).toFloat();
        }
    }

    /** Weights kept in one type and computed in another: in training, fp32 behind products in bf16. */
    record Master(Tensor weight, DType compute) implements Linear {
        @Override
        public void parameters(String name, BiConsumer<String, Tensor> to) {
            to.accept(name + ".weight", weight);
        }

        @Override
        public Tensor forward(Tensor x) {
            return x.to(compute).linear(weight.to(compute)).toFloat();
        }
    }

    /** A linear map with a bias added. */
    record Biased(Linear map, Tensor bias) implements Linear {
        @Override
        public void parameters(String name, BiConsumer<String, Tensor> to) {
            map.parameters(name, to);
            to.accept(name + ".bias", bias);
        }

        @Override
        public Tensor forward(Tensor x) {
            return map.forward(x).add(bias);
        }

        @Override
        public Tensor forward(Tensor x, long firstAdapted) {
            return map.forward(x, firstAdapted).add(bias);
        }
    }

    /** 8-bit weights and activations ({@link Int8Weight}). */
    record Int8(Int8Weight weight) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            return weight.forward(x);
        }
    }

    /** 16-bit weights, 32-bit products ({@link HalfWeight}). */
    record Half(HalfWeight weight) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            return weight.forward(x);
        }
    }

    /**
     * 8-bit weights behind smoothing: input channel c is divided by {@code scale[c]}, by which the weight's column was
     * multiplied before it was quantised, so that outliers of the activations are shared out between the two
     * (SmoothQuant, arXiv:2211.10438).
     */
    record Smoothed(Linear map, Tensor inverseScale) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            return map.forward(x.mul(inverseScale));
        }

        @Override
        public Tensor forward(Tensor x, long firstAdapted) {
            return map.forward(x.mul(inverseScale), firstAdapted);
        }
    }

    /** A map that shows its input to an observer: how activation statistics are gathered. */
    record Observed(Linear map, Consumer<Tensor> observer) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            observer.accept(x);
            return map.forward(x);
        }
    }

    /**
     * A base map plus a trainable one of low rank: {@code W x + scale B A x} (LoRA, arXiv:2106.09685).
     *
     * @param a (in) -> (r)
     * @param b (r) -> (out)
     */
    record LowRank(Linear base, Linear a, Linear b, double scale) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            return base.forward(x).add(delta(x));
        }

        @Override
        public Tensor forward(Tensor x, long firstAdapted) {
            long adapted = x.size(0) - firstAdapted;
            if (adapted == 0) {
                return base.forward(x);
            }
            Tensor delta = delta(x.narrow(0, firstAdapted, adapted)); // (N - firstAdapted, out)
            Tensor y = base.forward(x);
            return firstAdapted == 0
                    ? y.add(delta)
                    : Tensor.cat(
                            y.narrow(0, 0, firstAdapted),
                            y.narrow(0, firstAdapted, adapted).add(delta),
                            0);
        }

        private Tensor delta(Tensor x) {
            Tensor y = b.forward(a.forward(x));
            return scale == 1 ? y : y.mul(scale);
        }
    }

    /**
     * A base map W plus one of low rank, scaled already, made for speed: A stands below W in one weight, so that {@code W x}
     * and {@code A x} are one product and share what is done to x, and {@code B A x} is added where it belongs.
     *
     * @param both (in) -> (outputs + r)
     * @param b (r) -> (outputs)
     */
    record Stacked(Linear both, Linear b, long outputs) implements Linear {
        @Override
        public Tensor forward(Tensor x) {
            return forward(x, 0);
        }

        @Override
        public Tensor forward(Tensor x, long firstAdapted) { // (N, in) -> (N, outputs), N rows of a wider tensor
            Tensor all = both.forward(x); // (N, outputs + r)
            Tensor y = all.narrow(1, 0, outputs);
            long adapted = x.size(0) - firstAdapted;
            if (adapted > 0) {
                Tensor reduced = all.block(firstAdapted, adapted, outputs, all.size(1) - outputs);
                all.block(firstAdapted, adapted, 0, outputs).add_(b.forward(reduced));
            }
            return y;
        }
    }

    /** A copy of the weight in {@code type}, kept for the model's life. */
    static Linear dense(Tensor weight, DType type) {
        return new Dense(Scope.keeping(() -> weight.dtype() == type ? weight.copy() : weight.to(type)));
    }
}
