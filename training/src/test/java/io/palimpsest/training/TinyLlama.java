package io.palimpsest.training;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A random Llama small enough to train in a test. */
public final class TinyLlama {

    public static final Llama.Config CONFIG = new Llama.Config(2, 32, 48, 4, 2, 8, 24, 512, 10000, 1e-5, true);

    private TinyLlama() {}

    public static Llama random(long seed) {
        return Llama.load(Loader.of(weights(seed), Precision.FP32), CONFIG);
    }

    public static Weights weights(long seed) {
        Map<String, Tensor> all = new ConcurrentHashMap<>();
        return new Weights() {
            @Override
            public boolean has(String name) {
                return name.endsWith(".weight");
            }

            @Override
            public Tensor get(String name) {
                return all.computeIfAbsent(
                        name, n -> Scope.keeping(() -> random(n, Seed.of(seed).child(n.hashCode()))));
            }

            @Override
            public String describe(String name) {
                return name;
            }
        };
    }

    private static Tensor random(String name, Seed seed) {
        if (name.contains("norm")) {
            return Tensor.ones(CONFIG.dim());
        }
        long[] shape = shape(name.replaceAll(".*\\.([a-z_]+)\\.weight", "$1"));
        double deviation = name.contains("embed") ? 1 : 1 / Math.sqrt((double) shape[1]);
        return Tensor.randn(seed, shape).mul(deviation);
    }

    private static long[] shape(String leaf) {
        Llama.Config c = CONFIG;
        long q = (long) c.heads() * c.headDim();
        long kv = (long) c.kvHeads() * c.headDim();
        return switch (leaf) {
            case "q_proj" -> new long[] {q, c.dim()};
            case "k_proj", "v_proj" -> new long[] {kv, c.dim()};
            case "o_proj" -> new long[] {c.dim(), q};
            case "gate_proj", "up_proj" -> new long[] {c.hidden(), c.dim()};
            case "down_proj" -> new long[] {c.dim(), c.hidden()};
            case "embed_tokens" -> new long[] {c.vocabulary(), c.dim()};
            default -> throw new IllegalArgumentException("no weight called " + leaf);
        };
    }
}
