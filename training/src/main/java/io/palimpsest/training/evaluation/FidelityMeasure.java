package io.palimpsest.training.evaluation;

import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** How far one session's autoregressive mode is from another's, on the same texts. */
public final class FidelityMeasure {

    private double divergence;
    private double agreement;
    private double referenceLoss;
    private double loss;
    private int positions;
    private int predicted;

    /** Compares the distributions behind every token of {@code ids}. */
    public void add(GatedLlama.Session reference, GatedLlama.Session other, int[] ids) {
        try (Scope memory = Scope.inference()) {
            Tensor p = reference.causal(ids).logSoftmax(-1); // (n, V)
            Tensor q = other.causal(ids).logSoftmax(-1);
            divergence += p.exp().mul(p.sub(q)).sum().item();
            agreement += p.argmax(-1).eq(q.argmax(-1)).toFloat().sum().item();
            referenceLoss += loss(p, ids);
            loss += loss(q, ids);
            positions += ids.length;
            predicted += ids.length - 1;
        }
    }

    private static double loss(Tensor logProbabilities, int[] ids) {
        Tensor truth = Tensor.ids(Arrays.copyOfRange(ids, 1, ids.length)).unsqueeze(1);
        return -logProbabilities
                .narrow(0, 0, ids.length - 1L)
                .gather(1, truth)
                .sum()
                .item();
    }

    /** Mean KL(reference || other) in nats a position. */
    public double divergence() {
        return divergence / positions;
    }

    /** The other's loss against the reference's. */
    public double lossRatio() {
        return loss / referenceLoss;
    }

    EvaluationReport.Fidelity result(int identical, int prompts) {
        return new EvaluationReport.Fidelity(
                divergence(), agreement / positions, referenceLoss / predicted, loss / predicted, identical, prompts);
    }
}
