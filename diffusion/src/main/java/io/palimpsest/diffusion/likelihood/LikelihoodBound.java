package io.palimpsest.diffusion.likelihood;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An upper bound on the negative log-likelihood of a text, estimated from random hidings of it: of n tokens l are hidden, and
 * what the model gives for each of them counts n/l times (LLaDA, arXiv:2502.09992, equation 6).
 *
 * <p>The l of several draws are spread evenly over 1..n, as in LLaDA's own code, which takes most of the variance out. For a
 * text of one token one draw is exact. With blocks, each is hidden behind its clean predecessors and nothing follows it (BD3-LM,
 * arXiv:2503.09573): the smaller the blocks, the tighter the bound for a model that was trained so.
 *
 * @param draws how many hidings of each block
 */
public record LikelihoodBound(Denoiser denoiser, int draws) {

    public LikelihoodBound {
        if (draws < 1) {
            throw new IllegalArgumentException("a bound needs at least 1 draw; got " + draws);
        }
    }

    /** The bound's share, in nats, of each of {@code text}'s tokens behind {@code given}, hidden all together. */
    public float[] nats(int[] given, int[] text, Seed seed) {
        return nats(given, text, Math.max(1, text.length), seed);
    }

    /** The same where blocks of {@code block} tokens, counted from the first of {@code given}, are hidden one after another. */
    public float[] nats(int[] given, int[] text, int block, Seed seed) {
        float[] nats = new float[text.length];
        Canvas clean = Canvas.of(given).pin(text);
        int start = given.length;
        while (start < clean.length()) {
            int end = block >= text.length ? clean.length() : Math.min(clean.length(), (start / block + 1) * block);
            Span span = new Span(start, end);
            System.arraycopy(nats(clean, span, seed.child(start)), 0, nats, start - given.length, span.length());
            start = end;
        }
        return nats;
    }

    private float[] nats(Canvas clean, Span span, Seed seed) {
        int n = span.length();
        int offset = seed.child(0).below(n);
        float[] sums = new float[n];
        for (int draw = 0; draw < draws; draw++) {
            int count = Math.floorMod((int) Math.rint(offset + (double) draw * n / draws), n) + 1;
            int[] hidden = chosen(n, count, seed.child(1 + draw));
            float[] surprises = surprises(clean, span, hidden);
            for (int i = 0; i < count; i++) {
                sums[hidden[i]] += surprises[i] * n / count / draws;
            }
        }
        return sums;
    }

    /** {@code count} of the numbers below {@code n}, ascending. */
    private static int[] chosen(int n, int count, Seed seed) {
        int[] all = IntStream.range(0, n).toArray();
        for (int i = 0; i < count; i++) {
            int other = i + seed.below(n - i);
            int moved = all[i];
            all[i] = all[other];
            all[other] = moved;
        }
        return Arrays.stream(all, 0, count).sorted().toArray();
    }

    private float[] surprises(Canvas clean, Span span, int[] hidden) {
        Canvas canvas = Hiding.of(clean, span.end(), i -> Arrays.binarySearch(hidden, i - span.start()) >= 0);
        int[] ids = Arrays.stream(hidden).map(i -> clean.id(span.start() + i)).toArray();
        try (Scope memory = Scope.inference()) {
            Tensor logits = denoiser.logits(canvas, span).indexSelect(0, Tensor.ids(hidden));
            return Surprise.of(logits, ids);
        } finally {
            denoiser.release(canvas);
        }
    }
}
