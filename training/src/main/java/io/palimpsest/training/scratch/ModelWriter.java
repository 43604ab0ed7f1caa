package io.palimpsest.training.scratch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** Writes a trained network as a model folder, in the layout that MDLM and BD3-LM are published in. */
record ModelWriter(ScratchPlan plan, Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Writes it and returns its folder. */
    Path write(FreshModel model, Map<String, Tensor> weights, Path tokenizer) {
        try {
            Files.createDirectories(folder);
            Files.copy(tokenizer, folder.resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(
                    folder.resolve("config.json"),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config(model.config())));
            try (Scope memory = Scope.inference()) {
                Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of("format", "pt"));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException("the model cannot be written to " + folder, e);
        }
    }

    private ObjectNode config(Dit.Config c) {
        ObjectNode json = JSON.createObjectNode();
        json.put("model_type", plan.objective().family());
        json.put("n_blocks", c.layers());
        json.put("hidden_dim", c.dim());
        json.put("n_heads", c.heads());
        json.put("cond_dim", c.condition());
        json.put("vocab_size", c.vocabulary());
        json.put("model_length", plan.data().length());
        json.put("adaln", c.adaptive());
        json.put("time_conditioning", c.timeConditioned());
        json.put("block_size", plan.objective().block(plan.data().length()));
        return json;
    }
}
