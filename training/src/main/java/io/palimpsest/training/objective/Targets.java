package io.palimpsest.training.objective;

import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Tokens to predict: from which of a network's rows, and what each counts for. */
final class Targets {

    private final List<Integer> rows = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();

    /** Row {@code row} of all B * T is to predict {@code token}. */
    void add(int row, int token, double weight) {
        rows.add(row);
        tokens.add(token);
        weights.add(weight);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    int size() {
        return rows.size();
    }

    int row(int target) {
        return rows.get(target);
    }

    /** The logits of the rows that predict, with {@code mask} ruled out: no clean text holds it (MDLM calls it SUBS). */
    Tensor logits(Tensor all, int mask) { // (B, T, V) -> (K, V)
        long vocabulary = all.size(2);
        boolean[] ruledOut = new boolean[(int) vocabulary];
        if (mask >= 0) {
            ruledOut[mask] = true;
        }
        Tensor own = all.reshape(-1, vocabulary).indexSelect(0, ids(rows));
        return mask < 0 ? own : own.maskedFill(Tensor.of(ruledOut), Double.NEGATIVE_INFINITY);
    }

    /** The true tokens. */
    Tensor tokens() { // (K)
        return ids(tokens);
    }

    /** What each counts for, in the type of {@code like}. */
    Tensor weights(Tensor like) { // (K)
        return Tensor.of(weights.stream().mapToDouble(Double::doubleValue).toArray())
                .to(like.dtype());
    }

    /** -log p of each true token. */
    Tensor nats(Tensor logits) { // (K, V) -> (K)
        return logits.crossEntropy(tokens());
    }

    /** The weighted sum of {@code nats}, a token learnt. */
    Loss loss(Tensor nats, int learnt) {
        return Loss.of(nats.mul(weights(nats)).sum().div(learnt), learnt);
    }

    private static Tensor ids(List<Integer> values) {
        return Tensor.ids(values.stream().mapToInt(Integer::intValue).toArray());
    }
}
