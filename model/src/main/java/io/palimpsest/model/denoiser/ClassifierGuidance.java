package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Steers texts towards what a classifier would say of them, by its gradient (arXiv:2105.05233).
 *
 * @param wanted what each canvas is to become
 * @param scale how much: the power that p(wanted | x) is raised to
 * @param isTold whether the network is told what came of its prediction
 */
public record ClassifierGuidance(
        NoisedTextClassifier classifier, Function<Canvas, Wanted> wanted, double scale, boolean isTold)
        implements EmbeddingGuidance {

    /**
     * What a text is to be.
     *
     * @param tags numbers of the tags of its first positions; {@link #ANY} where any will do
     * @param values numbers of fields' values by numbers of fields
     * @param spans numbers of labels by spans of positions, which are then constituents
     */
    public record Wanted(List<Integer> tags, Map<Integer, Integer> values, Map<Span, Integer> spans) {

        /** No tag in particular. */
        public static final int ANY = -1;

        public Wanted {
            tags = List.copyOf(tags);
            values = Map.copyOf(values);
            spans = Map.copyOf(spans);
        }

        /** Nothing in particular. */
        public static Wanted nothing() {
            return new Wanted(List.of(), Map.of(), Map.of());
        }

        /** A text that says a field's value. */
        public static Wanted value(int field, int value) {
            return new Wanted(List.of(), Map.of(field, value), Map.of());
        }

        /** A text whose positions have tags. */
        public static Wanted tags(List<Integer> tags) {
            return new Wanted(tags, Map.of(), Map.of());
        }

        /** A text whose positions {@code span} are a constituent. */
        public static Wanted constituent(Span span, int label) {
            return new Wanted(List.of(), Map.of(), Map.of(span, label));
        }
    }

    @Override
    public Tensor gradient(List<Canvas> canvases, Tensor x, Tensor told) { // (B, T, C) -> (B, T, C)
        return EmbeddingGuidance.ascent(x, scale, from -> logProbability(canvases, from, told));
    }

    /** The logarithm of the probability of all that is wanted of all texts. */
    public Tensor logProbability(List<Canvas> canvases, Tensor x, Tensor told) { // -> ()
        List<Wanted> all = canvases.stream().map(wanted).toList();
        NoisedTextClassifier.Said said = classifier.forward(x, told);
        Tensor sum = tags(all, said.tags());
        for (int field = 0; field < said.fields().size(); field++) {
            sum = sum.add(values(all, field, said.fields().get(field)));
        }
        int spans = all.stream().mapToInt(w -> w.spans().size()).max().orElse(0);
        return spans == 0 ? sum : sum.add(spans(all, spans, said));
    }

    private static Tensor tags(List<Wanted> all, Tensor said) { // (B, T, tags) -> ()
        int length = (int) said.size(1);
        int[] ids = new int[all.size() * length];
        float[] weights = new float[ids.length];
        for (int row = 0; row < all.size(); row++) {
            List<Integer> own = all.get(row).tags();
            for (int i = 0; i < Math.min(length, own.size()); i++) {
                weights[row * length + i] = own.get(i) == Wanted.ANY ? 0 : 1;
                ids[row * length + i] = Math.max(0, own.get(i));
            }
        }
        return chosen(said, ids, weights, all.size(), length, 1);
    }

    private static Tensor values(List<Wanted> all, int field, Tensor said) { // (B, values) -> ()
        int[] ids = new int[all.size()];
        float[] weights = new float[ids.length];
        for (int row = 0; row < ids.length; row++) {
            Integer value = all.get(row).values().get(field);
            ids[row] = value == null ? 0 : value;
            weights[row] = value == null ? 0 : 1;
        }
        return chosen(said, ids, weights, ids.length, 1);
    }

    /** Texts of which fewer than {@code count} spans are wanted are asked of any other as well, which weighs nothing. */
    private Tensor spans(List<Wanted> all, int count, NoisedTextClassifier.Said said) { // -> ()
        List<List<Span>> asked = new ArrayList<>();
        int[] ids = new int[all.size() * count];
        float[] weights = new float[ids.length];
        for (int row = 0; row < all.size(); row++) {
            List<Span> own = new ArrayList<>();
            for (Map.Entry<Span, Integer> wish : all.get(row).spans().entrySet()) {
                weights[row * count + own.size()] = 1;
                ids[row * count + own.size()] = wish.getValue();
                own.add(wish.getKey());
            }
            own.addAll(Collections.nCopies(count - own.size(), new Span(0, 1)));
            asked.add(own);
        }
        return chosen(classifier.spans(said, asked), ids, weights, all.size(), count, 1);
    }

    /** The weighted sum of one number of each innermost row. */
    private static Tensor chosen(Tensor said, int[] ids, float[] weights, long... shape) { // (.., n), (.., 1) -> ()
        return said.gather(shape.length - 1, Tensor.ids(ids, shape))
                .mul(Tensor.of(weights, shape))
                .sum();
    }
}
