package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Teaches a classifier to see through noise (classifier guidance, arXiv:2105.05233): the cross entropy of each position's tag, and of
 * each field's value of the whole text, at a random time.
 *
 * <pre>L = E over t, ε of the mean over i of -log p(tag_i | x_t, t) + the mean over fields f of -log p(value_f | x_t, t)</pre>
 *
 * <p>An example holds a text's tokens, then as many tags, then a value for each field.
 *
 * @param words embeds; it is not trained
 */
public record NoisedClassification(
        NoisedTextClassifier classifier, WordDenoiser words, GeometricNoise noise, Times times) implements Objective {

    private static final int TIMES = 0;
    private static final int NOISE = 1;

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Tensor all = EqualTexts.ids(batch); // (B, 2 T + fields)
        int fields = classifier.values().size();
        long length = (all.size(1) - fields) / 2;
        double[] drawn = times.draw(batch.size(), seed.child(TIMES)).stream()
                .mapToDouble(Times.Time::t)
                .toArray();
        Tensor x = Scope.withoutGradients(() -> noised(all.narrow(1, 0, length), drawn, seed));
        NoisedTextClassifier.Said said = classifier.forward(x, noise.told(drawn));
        Tensor tags = all.narrow(1, length, length).unsqueeze(2); // (B, T, 1)
        Tensor loss = said.tags().gather(2, tags).mean().neg();
        for (int f = 0; f < fields; f++) {
            Tensor value = all.narrow(1, 2 * length + f, 1); // (B, 1)
            loss = loss.sub(said.fields().get(f).gather(1, value).mean().div(fields));
        }
        return Loss.of(loss, (int) (batch.size() * length));
    }

    /** The first token, which begins every text, stays clean. */
    private Tensor noised(Tensor ids, double[] drawn, Seed seed) { // (B, T) -> (B, T, C)
        Tensor clean = words.embed(ids);
        Tensor noised = noise.diffuse(clean, Tensor.randn(seed.child(NOISE), clean.shape()), drawn);
        return Tensor.cat(clean.narrow(1, 0, 1), noised.narrow(1, 1, ids.size(1) - 1), 1);
    }
}
