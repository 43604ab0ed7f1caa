package io.palimpsest.training.embedding;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a trained network, and the classifier beside it, as a model folder; matrices in bf16. */
record EmbeddingWriter(EmbeddingPlan plan, PreparedTexts texts, Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Writes the network.
     *
     * @param density how densely times were drawn in the end
     */
    void write(Map<String, Tensor> weights, double[] density) {
        try {
            Files.createDirectories(folder);
            Files.copy(texts.tokenizer(), folder.resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
            write("config.json", config(density));
            write("model.safetensors", weights);
        } catch (IOException e) {
            throw new UncheckedIOException("the model cannot be written to " + folder, e);
        }
    }

    /** Writes the classifier. */
    void writeClassifier(Map<String, Tensor> weights) {
        try {
            ObjectNode json = body(plan.classifier().body());
            json.put("embedding_dim", plan.model().channels());
            texts.labels().tags().forEach(json.putArray("tags")::add);
            ObjectNode fields = json.putObject("fields");
            texts.labels().values().forEach((field, values) -> values.forEach(fields.withArray("/" + field)::add));
            if (!texts.labels().spans().isEmpty()) {
                texts.labels().spans().forEach(json.putArray("spans")::add);
            }
            write("classifier.safetensors", weights);
            write("classifier.json", json);
        } catch (IOException e) {
            throw new UncheckedIOException("the classifier cannot be written to " + folder, e);
        }
    }

    private void write(String name, ObjectNode json) throws IOException {
        Files.writeString(
                folder.resolve(name), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json));
    }

    private void write(String name, Map<String, Tensor> weights) {
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> small = new LinkedHashMap<>();
            weights.forEach((key, tensor) -> small.put(key, tensor.dim() < 2 ? tensor : tensor.to(DType.BF16)));
            Safetensors.write(folder.resolve(name), small, Map.of("format", "pt"));
        }
    }

    private ObjectNode config(double[] density) {
        ObjectNode json = body(plan.model().body(texts.vocabulary()));
        json.put("model_type", EmbeddingDitModel.TYPE);
        json.put("vocab_size", texts.vocabulary());
        json.put("embedding_dim", plan.model().channels());
        json.put("model_length", plan.data().length());
        json.put("sigma_min", plan.noise().least());
        json.put("sigma_max", plan.noise().most());
        json.put("bos_token_id", texts.special().start());
        json.put("eos_token_id", texts.special().end());
        json.put("pad_token_id", texts.special().padding());
        json.put("unk_token_id", texts.special().unknown());
        ArrayNode bins = json.putArray("time_density");
        for (double bin : density) {
            bins.add(bin);
        }
        return json;
    }

    private static ObjectNode body(Dit.Config c) {
        ObjectNode json = JSON.createObjectNode();
        json.put("n_blocks", c.layers());
        json.put("hidden_dim", c.dim());
        json.put("n_heads", c.heads());
        json.put("cond_dim", c.condition());
        return json;
    }
}
