package io.palimpsest.training.objective;

import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.List;

/**
 * Autoregressive language modelling: {@code L = Σ -log p(x_i | x_1 .. x_{i-1})}, in nats a token. What diffusion is compared
 * with; the row before a token predicts it, and no row sees what comes behind it.
 */
public record NextToken(TimedNetwork network) implements Objective {

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Texts texts = Texts.pack(batch);
        Tensor logits = network.logits(
                Tensor.ids(texts.ids(), texts.rows(), texts.length()),
                Tensor.zeros(texts.rows()),
                texts.positions(),
                texts.attend((position, other) -> other <= position));
        Tensor nats = logits.reshape(-1, logits.size(2)).crossEntropy(Tensor.ids(next(texts)));
        return Loss.of(nats.sum().div(texts.learnt()), texts.learnt());
    }

    /** The token that each row predicts. Nearly all rows do: choosing them would copy all logits, there and back. */
    private static int[] next(Texts texts) { // (B * T)
        int[] next = new int[texts.rows() * texts.length()];
        Arrays.fill(next, Tensor.NO_CLASS);
        for (Texts.Part part : texts.parts()) {
            for (int i = part.example().start(); i < part.length(); i++) {
                next[texts.cell(part, i) - 1] = part.example().ids()[i];
            }
        }
        return next;
    }
}
