package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** The likelihood of what really stood in a gap, with and without sight of what stands behind it. */
final class InfillingMeasure {

    private static final int LONGEST_GAP = 8;
    private static final int LEAST_CONTEXT = 8; // tokens on either side

    private final GatedLlama.Session session;
    private final Seed seed;
    private int gaps;
    private int tokens;
    private double onePass;
    private double onePassHidden;
    private double leftToRight;
    private double leftToRightHidden;

    InfillingMeasure(GatedLlama.Session session, Seed seed) {
        this.session = session;
        this.seed = seed;
    }

    /** Cuts one gap of 1 to 8 tokens into {@code ids} and scores its true fill four ways. */
    void add(int[] ids) {
        int length = 1 + seed.below(LONGEST_GAP);
        int room = ids.length - length - 2 * LEAST_CONTEXT;
        if (room < 1) {
            return;
        }
        Span gap = gap(LEAST_CONTEXT + seed.below(room), length);
        gaps++;
        tokens += length;
        onePass += atOnce(ids, gap, true);
        onePassHidden += atOnce(ids, gap, false);
        leftToRight += oneByOne(ids, gap, true);
        leftToRightHidden += oneByOne(ids, gap, false);
    }

    private static Span gap(int start, int length) {
        return new Span(start, start + length);
    }

    private double atOnce(int[] ids, Span gap, boolean rightVisible) {
        Canvas canvas = canvas(ids, gap, rightVisible);
        double sum = 0;
        try (Scope memory = Scope.inference()) {
            Tensor truth =
                    Tensor.ids(Arrays.copyOfRange(ids, gap.start(), gap.end())).unsqueeze(1);
            sum = session.logits(canvas, gap)
                    .logSoftmax(-1)
                    .gather(1, truth)
                    .sum()
                    .item();
        }
        session.release(canvas);
        return sum;
    }

    /** The chain rule in reading order: each token given the gap's earlier ones. */
    private double oneByOne(int[] ids, Span gap, boolean rightVisible) {
        Canvas canvas = canvas(ids, gap, rightVisible);
        double sum = 0;
        for (int at = gap.start(); at < gap.end(); at++) {
            try (Scope memory = Scope.inference()) {
                sum += session.logits(canvas, new Span(at, gap.end()))
                        .select(0, 0)
                        .logSoftmax(-1)
                        .select(0, ids[at])
                        .item();
            }
            canvas.commit(at, ids[at], 1);
        }
        session.release(canvas);
        return sum;
    }

    private static Canvas canvas(int[] ids, Span gap, boolean rightVisible) {
        Canvas canvas = Canvas.of(Arrays.copyOf(ids, gap.start()));
        canvas.extend(gap.length());
        return rightVisible ? canvas.pin(Arrays.copyOfRange(ids, gap.end(), ids.length)) : canvas;
    }

    EvaluationReport.Infilling result() {
        double n = Math.max(1, tokens);
        return new EvaluationReport.Infilling(
                gaps, tokens, onePass / n, onePassHidden / n, leftToRight / n, leftToRightHidden / n);
    }
}
