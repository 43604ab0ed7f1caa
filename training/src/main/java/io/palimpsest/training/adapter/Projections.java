package io.palimpsest.training.adapter;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.Tensor;
import java.util.Map;

/** The projections that a fused map stands for, in the order of its outputs. */
final class Projections {

    private Projections() {}

    /** Puts {@code tensor} into {@code out} under the name of each projection that it belongs to. */
    static void expand(String name, Tensor tensor, Llama.Config c, Map<String, Tensor> out) {
        if (name.contains("qkv_proj")) {
            long q = (long) c.heads() * c.headDim();
            long kv = (long) c.kvHeads() * c.headDim();
            split(name, tensor, "qkv_proj", new String[] {"q_proj", "k_proj", "v_proj"}, new long[] {q, kv, kv}, out);
        } else if (name.contains("gate_up_proj")) {
            long h = c.hidden();
            split(name, tensor, "gate_up_proj", new String[] {"gate_proj", "up_proj"}, new long[] {h, h}, out);
        } else {
            out.put(name, tensor);
        }
    }

    private static void split(
            String name, Tensor tensor, String fused, String[] parts, long[] rows, Map<String, Tensor> out) {
        long from = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean shared = name.contains("lora_A");
            out.put(name.replace(fused, parts[i]), shared ? tensor : tensor.narrow(0, from, rows[i]));
            from += rows[i];
        }
    }
}
