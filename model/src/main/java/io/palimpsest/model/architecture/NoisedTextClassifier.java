package io.palimpsest.model.architecture;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What can be told of a text through the noise on its word embeddings, so that its gradient can steer their denoising (classifier
 * guidance, arXiv:2105.05233; Diffusion-LM, arXiv:2205.14217): a tag for each position, a value for each of some fields, and what the
 * words of a span are together.
 *
 * @param spanHead none where it has learnt nothing of spans
 * @param values how many values each field has
 */
public record NoisedTextClassifier(
        NoisedEncoder encoder, Linear tagHead, Linear fieldHead, Optional<SpanHead> spanHead, List<Integer> values) {

    /**
     * The numbers that shape the network.
     *
     * @param spans how many labels spans have, that of no constituent among them; 0 for no head for them
     */
    public record Config(Dit.Config body, int channels, int tags, List<Integer> values, int spans) {

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
                c.spans > 0 ? Optional.of(SpanHead.load(l, c.body.dim(), c.spans)) : Optional.empty(),
                c.values);
    }

    /** Everything that training changes, by the names that {@link #load} reads. */
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        encoder.parameters("classifier.", all::put);
        tagHead.parameters("classifier.output_layer.tags.linear", all::put);
        fieldHead.parameters("classifier.output_layer.fields.linear", all::put);
        spanHead.ifPresent(head -> head.parameters("classifier.", all::put));
        return all;
    }

    /**
     * What is said of some texts, as logarithms of probabilities.
     *
     * @param tags (B, T, tags)
     * @param fields for each field (B, values)
     * @param rows what all of it is read from, (B, T, dim)
     */
    public record Said(Tensor tags, List<Tensor> fields, Tensor rows) {}

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
        return new Said(tagHead.forward(rows).logSoftmax(-1), fields, rows);
    }

    /**
     * What is said of some spans' words together, as logarithms of probabilities; label 0 is that of no constituent.
     *
     * @param spans of each text equally many, at least one word each
     */
    public Tensor spans(Said said, List<List<Span>> spans) { // -> (B, S, labels)
        return spanHead.orElseThrow(() -> new IllegalArgumentException("this classifier knows no spans;"
                        + " train one on texts that have 'spans' beside their 'tags' and 'fields'"))
                .forward(said.rows, spans);
    }
}
