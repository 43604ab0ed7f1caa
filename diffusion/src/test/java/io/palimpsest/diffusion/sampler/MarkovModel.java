package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/** A language model that can be computed by hand: each token depends on the one before through a table. */
final class MarkovModel implements Denoiser, HybridDenoiser {

    final int vocabulary;
    final double[][] next;
    int calls;

    private MarkovModel(double[][] next) {
        this.vocabulary = next.length;
        this.next = next;
    }

    static MarkovModel random(int vocabulary, long seed) {
        Seed random = Seed.of(seed);
        double[][] next = new double[vocabulary][vocabulary];
        for (double[] row : next) {
            double sum = 0;
            for (int i = 0; i < vocabulary; i++) {
                row[i] = Math.exp(3 * random.uniform());
                sum += row[i];
            }
            for (int i = 0; i < vocabulary; i++) {
                row[i] /= sum;
            }
        }
        return new MarkovModel(next);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        calls++;
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) {
        float[] logits = new float[view.span().length() * vocabulary];
        for (int i = 0; i < view.span().length(); i++) {
            put(logits, i, marginal(view.canvas(), view.span().start() + i));
        }
        return Tensor.of(logits, view.span().length(), vocabulary);
    }

    /** What is known of a position from the nearest visible one before it. */
    private double[] marginal(Canvas canvas, int position) {
        int known = position - 1;
        while (known >= 0 && canvas.isHidden(known)) {
            known--;
        }
        return after(known < 0 ? 0 : canvas.id(known), position - known);
    }

    /** The distribution {@code steps} tokens after {@code id}. */
    double[] after(int id, int steps) {
        double[] p = new double[vocabulary];
        p[id] = 1;
        for (int s = 0; s < steps; s++) {
            double[] q = new double[vocabulary];
            for (int a = 0; a < vocabulary; a++) {
                for (int b = 0; b < vocabulary; b++) {
                    q[b] += p[a] * next[a][b];
                }
            }
            p = q;
        }
        return p;
    }

    @Override
    public Pass pass(Canvas canvas, int drafted, int draftLength) {
        calls++;
        int settled = canvas.settledPrefix();
        float[] causal = new float[(drafted + 1) * vocabulary];
        float[] drafts = new float[(drafted + 1) * draftLength * vocabulary];
        for (int n = 0; n <= drafted; n++) {
            int id = canvas.id(settled + n - 1);
            put(causal, n, after(id, 1));
            for (int i = 0; i < draftLength; i++) {
                put(drafts, n * draftLength + i, after(id, i + 2));
            }
        }
        return new Pass(
                Tensor.of(causal, drafted + 1, vocabulary),
                Drafts.independent(Tensor.of(drafts, drafted + 1, draftLength, vocabulary)));
    }

    private void put(float[] logits, int row, double[] p) {
        for (int i = 0; i < vocabulary; i++) {
            logits[row * vocabulary + i] = (float) Math.log(p[i]);
        }
    }

    @Override
    public void release(Canvas canvas) {}

    @Override
    public void close() {}
}
