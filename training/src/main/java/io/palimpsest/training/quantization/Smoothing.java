package io.palimpsest.training.quantization;

import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.evaluation.FidelityMeasure;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Finds the scales that let a model run in 8 bits without losing its opinion (SmoothQuant, arXiv:2211.10438): channel c of a
 * map's input is divided by {@code s_c = a_c^alpha / w_c^(1 - alpha)} and the weight's column multiplied by it, where a_c is
 * the largest activation seen on a few texts and w_c the largest weight. The exponent with the smallest divergence from
 * fp32 on other texts is taken.
 */
public final class Smoothing {

    private static final double LEAST = 1e-5;
    private static final double LEAST_SCALE = 1e-3;

    /** The largest activation and the largest weight of each input channel of one map. */
    private record Channels(float[] activations, float[] weights) {

        Tensor scales(double alpha) {
            float[] scales = new float[weights.length];
            for (int c = 0; c < scales.length; c++) {
                double a = Math.pow(Math.max(activations[c], LEAST), alpha);
                double w = Math.pow(Math.max(weights[c], LEAST), 1 - alpha);
                scales[c] = (float) Math.max(LEAST_SCALE, a / w);
            }
            return Tensor.of(scales);
        }
    }

    private final Map<String, Channels> channels = new LinkedHashMap<>();

    private Smoothing() {}

    /**
     * Searches the exponent and writes {@code smoothing.safetensors}.
     *
     * @param calibration token ids of the texts that activations are gathered on
     * @param test token ids of other texts, which decide
     * @return the divergence from fp32 in nats that was reached
     */
    public static double search(
            ModelFolder folder,
            List<Double> alphas,
            List<int[]> calibration,
            List<int[]> test,
            Path file,
            Consumer<String> progress) {
        Llama reference = folder.base(Precision.FP32, Optional.empty());
        Smoothing smoothing = new Smoothing();
        smoothing.observe(reference, calibration);
        double best = Double.POSITIVE_INFINITY;
        for (double alpha : alphas) {
            try (Scope memory = Scope.inference()) {
                Map<String, Tensor> scales = smoothing.scales(alpha);
                double divergence =
                        divergence(reference, folder.base(Precision.INT8, Optional.of(weights(scales))), test);
                progress.accept(
                        String.format(Locale.ROOT, "smoothing %.2f: KL %.4f nats from fp32", alpha, divergence));
                if (divergence < best) {
                    best = divergence;
                    Safetensors.write(file, scales, Map.of("alpha", String.valueOf(alpha)));
                }
            }
        }
        return best;
    }

    private static double divergence(Llama reference, Llama other, List<int[]> texts) {
        FidelityMeasure measure = new FidelityMeasure();
        try (GatedLlama.Session a = bare(reference).open();
                GatedLlama.Session b = bare(other).open()) {
            texts.forEach(ids -> measure.add(a, b, ids));
        }
        return measure.divergence();
    }

    private static GatedLlama bare(Llama body) {
        return new GatedLlama(body, Tensor.zeros(body.config().dim()), 0, Optional.empty(), Optional.empty());
    }

    private Map<String, Tensor> scales(double alpha) {
        Map<String, Tensor> scales = new LinkedHashMap<>();
        channels.forEach((name, c) -> scales.put(name + ".smoothing", c.scales(alpha)));
        return scales;
    }

    private void observe(Llama model, List<int[]> texts) {
        try (Scope memory = Scope.inference();
                GatedLlama.Session session = bare(observed(model)).open()) {
            for (int[] ids : texts) {
                try (Scope text = Scope.inference()) {
                    session.causal(ids);
                }
            }
        }
    }

    /** The model with an observer before each map, under the name its scales are loaded by. */
    private Llama observed(Llama model) {
        List<Llama.Block> blocks = IntStream.range(0, model.blocks().size())
                .mapToObj(i -> observed("model.layers." + i, model.blocks().get(i)))
                .toList();
        String head = model.config().tied() ? "model.embed_tokens" : "lm_head";
        return new Llama(
                model.config(), model.embedding(), blocks, model.norm(), observed(head, model.head()), model.rope());
    }

    private Llama.Block observed(String name, Llama.Block block) {
        Llama.Attention a = block.attention();
        Llama.Mlp m = block.mlp();
        return new Llama.Block(
                block.norm1(),
                new Llama.Attention(
                        observed(name + ".self_attn.q_proj", a.qkv()),
                        observed(name + ".self_attn.o_proj", a.output()),
                        a.heads(),
                        a.kvHeads(),
                        a.headDim()),
                block.norm2(),
                new Llama.Mlp(
                        observed(name + ".mlp.gate_proj", m.gateUp()),
                        observed(name + ".mlp.down_proj", m.down()),
                        m.hidden()));
    }

    private Linear observed(String name, Linear map) {
        if (!(map instanceof Linear.Dense dense)) {
            throw new IllegalArgumentException("smoothing is calibrated in fp32; " + name + " is not");
        }
        float[] weights = dense.weight().abs().amax(0, false).toFloats();
        Channels own = new Channels(new float[weights.length], weights);
        channels.put(name, own);
        return new Linear.Observed(map, x -> raise(own.activations, x));
    }

    private static void raise(float[] largest, Tensor x) { // (N, in)
        float[] seen = x.abs().amax(0, false).toFloats();
        for (int c = 0; c < largest.length; c++) {
            largest[c] = Math.max(largest[c], seen[c]);
        }
    }

    private static Weights weights(Map<String, Tensor> tensors) {
        return new Weights() {
            @Override
            public boolean has(String name) {
                return tensors.containsKey(name);
            }

            @Override
            public Tensor get(String name) {
                Tensor tensor = tensors.get(name);
                if (tensor == null) {
                    throw new IllegalArgumentException("there is no " + name);
                }
                return tensor;
            }

            @Override
            public String describe(String name) {
                return name;
            }
        };
    }
}
