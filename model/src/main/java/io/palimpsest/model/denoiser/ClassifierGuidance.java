package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
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
     */
    public record Wanted(List<Integer> tags, Map<Integer, Integer> values) {

        /** No tag in particular. */
        public static final int ANY = -1;

        public Wanted {
            tags = List.copyOf(tags);
            values = Map.copyOf(values);
        }

        /** A text that says a field's value. */
        public static Wanted value(int field, int value) {
            return new Wanted(List.of(), Map.of(field, value));
        }

        /** A text whose positions have tags. */
        public static Wanted tags(List<Integer> tags) {
            return new Wanted(tags, Map.of());
        }
    }

    @Override
    public Tensor gradient(List<Canvas> canvases, Tensor x, Tensor told) { // (B, T, C) -> (B, T, C)
        Tensor from = x.detach().copy().requireGrad();
        try (Scope memory = Scope.training()) {
            logProbability(canvases, from, told).backward();
        }
        return from.grad().mul(scale);
    }

    /** The logarithm of the probability of all that is wanted of all texts. */
    public Tensor logProbability(List<Canvas> canvases, Tensor x, Tensor told) { // -> ()
        List<Wanted> all = canvases.stream().map(wanted).toList();
        NoisedTextClassifier.Said said = classifier.forward(x, told);
        Tensor sum = tags(all, said.tags());
        for (int field = 0; field < said.fields().size(); field++) {
            sum = sum.add(values(all, field, said.fields().get(field)));
        }
        return sum;
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
        Tensor chosen = said.gather(2, Tensor.ids(ids, all.size(), length, 1)); // (B, T, 1)
        return chosen.mul(Tensor.of(weights, all.size(), length, 1)).sum();
    }

    private static Tensor values(List<Wanted> all, int field, Tensor said) { // (B, values) -> ()
        int[] ids = new int[all.size()];
        float[] weights = new float[ids.length];
        for (int row = 0; row < ids.length; row++) {
            Integer value = all.get(row).values().get(field);
            ids[row] = value == null ? 0 : value;
            weights[row] = value == null ? 0 : 1;
        }
        Tensor chosen = said.gather(1, Tensor.ids(ids, ids.length, 1)); // (B, 1)
        return chosen.mul(Tensor.of(weights, ids.length, 1)).sum();
    }
}
