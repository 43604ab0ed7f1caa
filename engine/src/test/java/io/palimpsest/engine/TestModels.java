package io.palimpsest.engine;

import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.models.DefaultModel;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The default model's base, alone or under an adapter of random numbers. */
final class TestModels {

    private static final int LAYERS = 30;
    private static final int RANK = 4;

    private TestModels() {}

    static Engine base(Path temporary, Precision precision) throws IOException {
        return Engine.open(folder(temporary.resolve("base")), Options.defaults().precision(precision));
    }

    /** Its drafts are worth nothing, which must change nothing in verified text. */
    static Engine randomlyAdapted(Path temporary) throws IOException {
        Path folder = folder(temporary.resolve("random"));
        Files.writeString(
                folder.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": " + RANK
                        + ", \"lora_alpha\": 8, \"palimpsest\": {\"entry_layer\": 24}}");
        try (Scope memory = Scope.inference()) {
            Safetensors.write(folder.resolve("adapter_model.safetensors"), randomFactors(), Map.of());
        }
        return Engine.open(folder, Options.defaults().precision(Precision.INT8));
    }

    private static Map<String, Tensor> randomFactors() {
        Map<String, Tensor> factors = new LinkedHashMap<>();
        factors.put("mask_embedding", Tensor.randn(Seed.of(1), 576).mul(0.1));
        for (int layer = 24; layer < LAYERS; layer++) {
            String prefix = "model.layers." + layer + ".";
            Tensor shared = Tensor.randn(Seed.of(layer), RANK, 576).mul(0.05);
            put(factors, prefix + "self_attn.q_proj", shared, 576);
            put(factors, prefix + "self_attn.k_proj", shared, 192);
            put(factors, prefix + "self_attn.v_proj", shared, 192);
            put(
                    factors,
                    prefix + "mlp.down_proj",
                    Tensor.randn(Seed.of(layer), RANK, 1536).mul(0.05),
                    576);
        }
        return factors;
    }

    private static void put(Map<String, Tensor> factors, String name, Tensor a, long out) {
        factors.put(name + ".lora_A.weight", a);
        factors.put(
                name + ".lora_B.weight",
                Tensor.randn(Seed.of(factors.size()), out, RANK).mul(0.05));
    }

    private static Path folder(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Path file : files()) {
            Files.createSymbolicLink(folder.resolve(String.valueOf(file.getFileName())), file.toAbsolutePath());
        }
        return folder;
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(DefaultModel.folder())) {
            return files.filter(file ->
                            file.toString().endsWith(".gguf") || file.toString().endsWith("smoothing.safetensors"))
                    .toList();
        }
    }
}
