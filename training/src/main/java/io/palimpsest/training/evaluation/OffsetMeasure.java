package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** How well fully hidden blocks are predicted, position by position, on texts that are known. */
final class OffsetMeasure {

    /** The positions of a block: one that the base model predicts, and eight behind it. */
    static final int BLOCK = 9;

    private final int[] hits = new int[BLOCK];
    private final int[] givenHits = new int[BLOCK];
    private final double[] nats = new double[BLOCK];
    private final Calibration calibration = new Calibration();
    private int blocks;

    /** Lays blocks over {@code ids} from {@code start} on, each behind the true text before it. */
    void add(GatedLlama.Session session, int[] ids, int start) {
        Canvas canvas = Canvas.of(Arrays.copyOf(ids, start));
        for (int at = start; at + BLOCK <= ids.length; at += BLOCK) {
            int[] truth = Arrays.copyOfRange(ids, at, at + BLOCK);
            try (Scope memory = Scope.inference()) {
                countGiven(session.pass(canvas, 0, BLOCK - 1), truth);
                canvas.extend(BLOCK);
                count(session.logits(canvas, new Span(at, at + BLOCK)), truth);
            }
            canvas.truncate(at);
            canvas.pin(Arrays.copyOfRange(ids, at, at + BLOCK));
        }
        session.release(canvas);
    }

    /** As drafts are made: each position given the token before it. */
    private void countGiven(HybridDenoiser.Pass pass, int[] truth) {
        givenHits[0] += pass.causal().argmax(-1).toInts()[0] == truth[0] ? 1 : 0;
        for (int i = 1; i < BLOCK; i++) {
            int guess = pass.drafts().logits(0, i - 1, truth[i - 1]).argmax(-1).toInts()[0];
            givenHits[i] += guess == truth[i] ? 1 : 0;
        }
    }

    private void count(Tensor logits, int[] truth) { // (BLOCK, V)
        Tensor logProbabilities = logits.logSoftmax(-1);
        Tensor.Top best = logProbabilities.topk(1, -1);
        int[] guesses = best.indices().toInts();
        float[] confidence = best.values().exp().toFloats();
        float[] ofTruth =
                logProbabilities.gather(1, Tensor.ids(truth).unsqueeze(1)).toFloats();
        blocks++;
        for (int i = 0; i < BLOCK; i++) {
            boolean hit = guesses[i] == truth[i];
            hits[i] += hit ? 1 : 0;
            nats[i] -= ofTruth[i];
            if (i > 0) {
                calibration.add(confidence[i], hit);
            }
        }
    }

    EvaluationReport.Offsets result() {
        return new EvaluationReport.Offsets(
                means(Arrays.stream(hits).asDoubleStream().toArray()),
                means(Arrays.stream(givenHits).asDoubleStream().toArray()),
                means(nats),
                blocks,
                calibration.error());
    }

    private List<Double> means(double[] sums) {
        return Arrays.stream(sums).map(s -> s / Math.max(1, blocks)).boxed().toList();
    }
}
