package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Steers texts towards saying a phrase, somewhere: by the gradient of what the denoiser itself expects, so that no classifier has to be
 * trained for it.
 *
 * <pre>log p(phrase | x_t) = log Σ over places i of Π over its words k of p(w_{i+k} = phrase_k | x_t)</pre>
 *
 * @param phrases the words each canvas is to have, at least one
 * @param scale the power that the probability is raised to
 */
public record PhraseGuidance(WordDenoiser network, Function<Canvas, int[]> phrases, double scale)
        implements EmbeddingGuidance {

    @Override
    public Tensor gradient(List<Canvas> canvases, Tensor x, Tensor told) { // (B, T, C) -> (B, T, C)
        return EmbeddingGuidance.ascent(x, scale, from -> logProbability(canvases, from, told));
    }

    private Tensor logProbability(List<Canvas> canvases, Tensor x, Tensor told) { // -> ()
        Tensor given = EmbeddingRefinement.given(canvases, (int) x.size(1));
        Tensor words = network.logits(x, Tensor.zeros(x.shape()), given, told).logSoftmax(-1); // (B, T, V)
        List<Tensor> all = new ArrayList<>();
        for (int row = 0; row < canvases.size(); row++) {
            all.add(somewhere(words.select(0, row), phrases.apply(canvases.get(row))));
        }
        return Tensor.stack(all, 0).sum();
    }

    private static Tensor somewhere(Tensor words, int[] phrase) { // (T, V) -> ()
        long places = words.size(0) - phrase.length + 1;
        Tensor sum = Tensor.zeros(places);
        for (int k = 0; k < phrase.length; k++) {
            sum = sum.add(words.select(1, phrase[k]).narrow(0, k, places));
        }
        return sum.logsumexp(0, false);
    }
}
