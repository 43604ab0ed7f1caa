package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What can be told of a text through the noise on its word embeddings, so that its gradient can steer their denoising (classifier
 * guidance, arXiv:2105.05233; Diffusion-LM, arXiv:2205.14217): a tag for each position, and a value for each of some fields.
 *
 * @param values how many values each field has
 */
public record NoisedTextClassifier(NoisedEncoder encoder, Linear tagHead, Linear fieldHead, List<Integer> values) {

    /** The numbers that shape the network. */
    public record Config(Dit.Config body, int channels, int tags, List<Integer> values) {

        public Config {
            values = List.copyOf(values);
        }
    }

    public static NoisedTextClassifier load(Loader loader, Config c) {
        Loader l = loader.at("classifier");
        int all = c.values.stream().mapToInt(n -> n).sum();
        return new NoisedTextClassifier(
                NoisedEncoder.load(l, c.channels, c.body),
                l.linear("output_layer.tags.linear", c.body.dim(), c.tags),
                l.linear("output_layer.fields.linear", c.body.dim(), all),
                c.values);
    }

    /** Everything that training changes, by the names that {@link #load} reads. */
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        encoder.parameters("classifier.", all::put);
        tagHead.parameters("classifier.output_layer.tags.linear", all::put);
        fieldHead.parameters("classifier.output_layer.fields.linear", all::put);
        return all;
    }

    /**
     * What is said of some texts, as logarithms of probabilities.
     *
     * @param tags (B, T, tags)
     * @param fields for each field (B, values)
     */
    public record Said(Tensor tags, List<Tensor> fields) {}

    /** What can be told of {@code x} under the noise that {@code told} names. */
    public Said forward(Tensor x, Tensor told) { // (B, T, C), (B)
        Tensor rows = encoder.forward(encoder.in().forward(x), told); // (B, T, dim)
        Tensor whole = fieldHead.forward(rows.mean(1, false)); // (B, all values)
        List<Tensor> fields = new ArrayList<>();
        long from = 0;
        for (int count : values) {
            fields.add(whole.narrow(1, from, count).logSoftmax(-1));
            from += count;
        }
        return new Said(tagHead.forward(rows).logSoftmax(-1), fields);
    }
}
