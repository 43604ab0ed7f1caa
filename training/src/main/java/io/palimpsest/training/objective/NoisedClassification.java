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
 * Teaches a classifier to see through noise (classifier guidance, arXiv:2105.05233): the cross entropy of each position's tag, of
 * each field's value of the whole text, and of the label of some spans drawn from it ({@link SpanExamples}), at a random time.
 *
 * <pre>
 * L = E over t, ε of the mean over i of -log p(tag_i | x_t, t) + the mean over fields f of -log p(value_f | x_t, t)
 *     + the mean over spans s of -log p(label_s | x_t, t)
 * </pre>
 *
 * <p>An example holds a text's tokens, then as many tags, then a value for each field, then its constituents.
 *
 * @param words embeds; it is not trained
 * @param length how many tokens texts have
 */
public record NoisedClassification(
        NoisedTextClassifier classifier, WordDenoiser words, GeometricNoise noise, Times times, int length)
        implements Objective {

    private static final int TIMES = 0;
    private static final int NOISE = 1;
    private static final int SPANS = 2;

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Tensor all = EqualTexts.ids(batch); // (B, 2 T + fields + 3 spans)
        int fields = classifier.values().size();
        double[] drawn = times.draw(batch.size(), seed.child(TIMES)).stream()
                .mapToDouble(Times.Time::t)
                .toArray();
        Tensor x = Scope.withoutGradients(() -> noised(all.narrow(1, 0, length), drawn, seed));
        NoisedTextClassifier.Said said = classifier.forward(x, noise.told(drawn));
        Tensor tags = all.narrow(1, length, length).unsqueeze(2); // (B, T, 1)
        Tensor loss = said.tags().gather(2, tags).mean().neg();
        for (int f = 0; f < fields; f++) {
            Tensor value = all.narrow(1, 2L * length + f, 1); // (B, 1)
            loss = loss.sub(said.fields().get(f).gather(1, value).mean().div(fields));
        }
        return Loss.of(loss.add(spans(batch, 2 * length + fields, said, seed)), batch.size() * length);
    }

    private Tensor spans(List<Example> batch, int at, NoisedTextClassifier.Said said, Seed seed) { // -> ()
        SpanExamples drawn = SpanExamples.draw(batch, at, length, seed.child(SPANS));
        int texts = drawn.spans().size();
        if (texts == 0) {
            return Tensor.zeros();
        }
        Tensor rows = said.rows().indexSelect(0, Tensor.ids(drawn.texts()));
        Tensor logs = classifier.spans(new NoisedTextClassifier.Said(said.tags(), said.fields(), rows), drawn.spans());
        return logs.gather(2, Tensor.ids(drawn.labels(), texts, SpanExamples.PER_TEXT, 1))
                .mean()
                .neg();
    }

    /** The first token, which begins every text, stays clean. */
    private Tensor noised(Tensor ids, double[] drawn, Seed seed) { // (B, T) -> (B, T, C)
        Tensor clean = words.embed(ids);
        Tensor noised = noise.diffuse(clean, Tensor.randn(seed.child(NOISE), clean.shape()), drawn);
        return Tensor.cat(clean.narrow(1, 0, 1), noised.narrow(1, 1, ids.size(1) - 1), 1);
    }
}
