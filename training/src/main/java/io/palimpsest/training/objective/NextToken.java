package io.palimpsest.training.objective;

import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Autoregressive language modelling: {@code L = Σ -log p(x_i | x_1 .. x_{i-1})}, in nats a token. What diffusion is compared
 * with; the row before a token predicts it, and no row sees what comes behind it.
 */
public record NextToken(TimedNetwork network) implements Objective {

    private static final int NO_MASK = -1;

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Texts texts = Texts.pack(batch);
        Targets targets = new Targets();
        for (Texts.Part part : texts.parts()) {
            for (int i = part.example().start(); i < part.length(); i++) {
                targets.add(texts.cell(part, i) - 1, part.example().ids()[i], 1);
            }
        }
        Tensor logits = network.logits(
                Tensor.ids(texts.ids(), texts.rows(), texts.length()),
                Tensor.zeros(texts.rows()),
                texts.positions(),
                texts.attend((position, other) -> other <= position));
        return targets.loss(targets.nats(targets.logits(logits, NO_MASK)), texts.learnt());
    }
}
