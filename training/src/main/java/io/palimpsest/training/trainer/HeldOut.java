package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.objective.Loss;
import io.palimpsest.training.objective.MaskedNextToken;
import io.palimpsest.training.objective.Objective;
import java.util.List;

/**
 * Examples that are never trained on, and what is measured on them: always the same blocks, whatever the step.
 *
 * @param objective the formula whose loss and accuracy are reported
 * @param batch examples a pass
 */
public record HeldOut(Objective objective, List<Example> examples, int batch, Seed seed) {

    public HeldOut {
        examples = List.copyOf(examples);
    }

    /**
     * @param loss nats per target
     * @param targets how many
     * @param accuracy the share of correct predictions at offsets 1 and up
     * @param accuracyGiven the same where the token before is known
     */
    public record Measured(double loss, int targets, double[] accuracy, double[] accuracyGiven) {}

    public Measured measure() {
        int[] hits = new int[MaskedNextToken.OFFSETS + 1];
        int[] given = new int[MaskedNextToken.OFFSETS + 1];
        int[] tries = new int[MaskedNextToken.OFFSETS + 1];
        double nats = 0;
        int targets = 0;
        for (int from = 0; from < examples.size(); from += batch) {
            try (Scope memory = Scope.inference()) {
                List<Example> part = examples.subList(from, Math.min(examples.size(), from + batch));
                Loss loss = objective.loss(part, seed.child(from));
                nats += loss.value().item() * loss.targets();
                targets += loss.targets();
                Progress.add(hits, loss.hits());
                Progress.add(given, loss.givenHits());
                Progress.add(tries, loss.tries());
            }
        }
        return new Measured(nats / targets, targets, Progress.accuracy(hits, tries), Progress.accuracy(given, tries));
    }
}
