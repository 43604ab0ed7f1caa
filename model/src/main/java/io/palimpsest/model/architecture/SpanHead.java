package io.palimpsest.model.architecture;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Tells what the words of a span are together, a phrase of some kind or none, from the rows at its two ends and the mean of all within:
 * the syntax spans of Diffusion-LM (arXiv:2205.14217, section 5), scored as span-based parsers do (arXiv:1805.01052).
 */
public record SpanHead(Linear hidden, Linear output) {

    /** First, last, mean. */
    private static final int LOOKS = 3;

    static SpanHead load(Loader l, long dim, int labels) {
        return new SpanHead(
                l.linear("spans.mlp.0", LOOKS * dim, dim), l.linear("output_layer.spans.linear", dim, labels));
    }

    void parameters(String name, BiConsumer<String, Tensor> to) {
        hidden.parameters(name + "spans.mlp.0", to);
        output.parameters(name + "output_layer.spans.linear", to);
    }

    /**
     * The logarithm of each label's probability.
     *
     * @param spans of each text equally many positions' spans, none empty
     */
    Tensor forward(Tensor rows, List<List<Span>> spans) { // (B, T, dim) -> (B, S, labels)
        int count = spans.get(0).size();
        Tensor looks = looks(spans, count, (int) rows.size(1)); // (B, 3 S, T)
        Tensor seen = looks.matmul(rows).reshape(spans.size(), count, LOOKS * rows.size(2)); // (B, S, 3 dim)
        return output.forward(hidden.forward(seen).geluTanh()).logSoftmax(-1);
    }

    /** What each row counts in what is seen of a span. */
    private static Tensor looks(List<List<Span>> spans, int count, int length) {
        float[] weights = new float[spans.size() * count * LOOKS * length];
        int at = 0;
        for (List<Span> own : spans) {
            for (Span span : own) {
                weights[at + span.start()] = 1;
                weights[at + length + span.end() - 1] = 1;
                for (int i = span.start(); i < span.end(); i++) {
                    weights[at + 2 * length + i] = 1f / span.length();
                }
                at += LOOKS * length;
            }
        }
        return Tensor.of(weights, spans.size(), (long) LOOKS * count, length);
    }
}
