package io.palimpsest.diffusion.likelihood;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/** A distribution over all texts of one length, written out: what it says of a hidden token is exactly right. */
final class JointModel implements Denoiser {

    private final int vocabulary;
    private final int length;
    private final double[] p;

    JointModel(int vocabulary, int length, long seed) {
        this.vocabulary = vocabulary;
        this.length = length;
        this.p = new double[(int) Math.pow(vocabulary, length)];
        Seed random = Seed.of(seed);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(4 * random.uniform());
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
    }

    /** The negative log-likelihood of a text. */
    double nats(int... text) {
        int index = 0;
        for (int id : text) {
            index = index * vocabulary + id;
        }
        return -Math.log(p[index]);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) {
        int rows = view.span().length();
        double[] sums = new double[rows * vocabulary];
        for (int text = 0; text < p.length; text++) {
            if (agrees(text, view.canvas())) {
                for (int row = 0; row < rows; row++) {
                    sums[row * vocabulary + id(text, view.span().start() + row)] += p[text];
                }
            }
        }
        return Tensor.of(sums, rows, vocabulary).log().toFloat();
    }

    private boolean agrees(int text, Canvas canvas) {
        for (int i = 0; i < canvas.length(); i++) {
            if (!canvas.isHidden(i) && canvas.id(i) != id(text, i)) {
                return false;
            }
        }
        return true;
    }

    private int id(int text, int position) {
        return text / (int) Math.pow(vocabulary, length - 1 - position) % vocabulary;
    }
}
