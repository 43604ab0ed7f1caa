package io.palimpsest.training.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An adapter on disk, as PEFT has it: {@code adapter_model.safetensors} in bf16 and {@code adapter_config.json}, with what
 * only a gated diffusion adapter has under the key {@code palimpsest}.
 */
record AdapterFolder(Path folder) {

    private static final String PREFIX = "base_model.model.";
    private static final String MASK = "mask_embedding";
    private static final String TARGETS = "trained_targets";
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path tensors() {
        return folder.resolve("adapter_model.safetensors");
    }

    private Path config() {
        return folder.resolve("adapter_config.json");
    }

    void write(GatedAdapter adapter, AdapterCard card) {
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> out = new LinkedHashMap<>();
            adapter.tensors().forEach((name, tensor) -> out.put(peftName(name), tensor.to(DType.BF16)));
            Files.createDirectories(folder);
            Safetensors.write(tensors(), out, Map.of("format", "pt"));
            Files.writeString(config(), describe(adapter, card).toPrettyString() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be written", e);
        }
    }

    private static String peftName(String name) {
        boolean own = name.equals(MASK) || name.startsWith(GatedAdapter.SAMPLER) || name.equals(GatedAdapter.STATE);
        return own ? name : PREFIX + name;
    }

    private static ObjectNode describe(GatedAdapter adapter, AdapterCard card) {
        ObjectNode json = JSON.createObjectNode();
        json.put("peft_type", "LORA");
        json.put("task_type", "CAUSAL_LM");
        json.put("base_model_name_or_path", card.base());
        json.put("r", adapter.rank());
        json.put("lora_alpha", adapter.scale() * adapter.rank());
        json.put("lora_dropout", 0.0);
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
                .forEach(json.putArray("target_modules")::add);
        ObjectNode own = json.putObject("palimpsest");
        own.put("mask_embedding", MASK);
        own.put("entry_layer", adapter.model().entry());
        own.put("right_context", GatedLlama.RIGHT_CONTEXT);
        card.blockLengths().forEach(own.putArray("block_lengths")::add);
        own.put(TARGETS, card.targets());
        own.put("base_sha256", card.baseSha256());
        return json;
    }

    GatedAdapter read(Llama base, DType compute) {
        JsonNode json = config(config());
        int rank = json.path("r").asInt();
        double alpha = json.path("lora_alpha").asDouble();
        if (rank < 1 || !(alpha > 0)) {
            throw new InvalidFileException(
                    config(), "'r' and 'lora_alpha' should be positive; they are " + rank + " and " + alpha);
        }
        int entry = json.path("palimpsest").path("entry_layer").asInt();
        try (Safetensors file = Safetensors.open(tensors());
                Scope memory = Scope.inference()) {
            boolean stated = file.names().contains(GatedAdapter.STATE);
            GatedAdapter adapter =
                    GatedAdapter.fresh(base, rank, alpha, entry, samplerHidden(file), stated, compute, Seed.of(0));
            adapter.tensors().forEach((name, tensor) -> copy(file, peftName(name), tensor));
            return adapter;
        }
    }

    long targets() {
        return config(config()).path("palimpsest").path(TARGETS).asLong();
    }

    private static int samplerHidden(Safetensors file) {
        String in = GatedAdapter.SAMPLER + ".in.weight";
        return file.names().contains(in) ? (int) file.read(in).size(0) : 0;
    }

    private static JsonNode config(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static void copy(Safetensors file, String name, Tensor to) {
        Tensor from = file.read(name);
        if (!Arrays.equals(from.shape(), to.shape())) {
            throw new InvalidFileException(
                    file.path(),
                    "tensor '" + name + "' has shape " + Arrays.toString(from.shape())
                            + ", but this base model and rank need " + Arrays.toString(to.shape()));
        }
        to.copy_(from);
    }
}
