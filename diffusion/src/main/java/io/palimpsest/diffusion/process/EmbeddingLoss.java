package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Diffusion-LM's end-to-end loss (arXiv:2205.14217, equation 2): words are embedded, noised and predicted, and what comes of
 * them is turned back into words. Each part is one number a text.
 *
 * @param squares the mean square distance of the prediction from the embeddings it is to find, (B)
 * @param prior how much of the words is left at the last step, (B)
 * @param words the cross entropy of the words behind the embeddings, (B)
 */
public record EmbeddingLoss(Tensor squares, Tensor prior, Tensor words) {

    /** The sum that is minimised. */
    public Tensor total() { // -> (B)
        return squares.add(words).add(prior);
    }

    /**
     * The loss of texts at one step each.
     *
     * @param ids (B, T)
     * @param embeddingNoise standard normal numbers that blur the embeddings themselves, (B, T, C)
     * @param noise standard normal numbers of the process, (B, T, C)
     */
    public static EmbeddingLoss of(
            GaussianProcess process,
            EmbeddingDenoiser denoiser,
            Tensor ids,
            int[] steps,
            Tensor embeddingNoise,
            Tensor noise) {
        Tensor clean = denoiser.embed(ids); // (B, T, C)
        Tensor x0 = clean.add(embeddingNoise.mul(Math.sqrt(1 - process.alphaBar(0))));
        Tensor predicted = denoiser.predict(process.diffuse(x0, noise, steps), process.told(steps));
        List<Tensor> squares = new ArrayList<>();
        for (int i = 0; i < steps.length; i++) {
            Tensor target = steps[i] == 0 ? clean : x0; // nothing behind step 0 blurs the words again
            squares.add(target.sub(predicted).select(0, i).square().mean());
        }
        Tensor last = x0.mul(Math.sqrt(process.alphaBar(process.steps() - 1)));
        Tensor own = denoiser.logits(x0).logSoftmax(-1).gather(2, ids.unsqueeze(2));
        return new EmbeddingLoss(Tensor.stack(squares, 0), perText(last.square()), perText(own.neg()));
    }

    private static Tensor perText(Tensor x) { // (B, ..) -> (B)
        return x.reshape(x.size(0), -1).mean(1, false);
    }
}
