package io.palimpsest.engine;

import java.util.List;

/**
 * How probable a text is to a model.
 *
 * @param tokens the tokens of the text
 * @param natsPerToken their mean negative log-likelihood: the lower, the less surprising
 * @param bound whether that is an estimate of an upper bound; otherwise it is exact
 * @param parts the same for each sentence or line
 */
public record Score(int tokens, double natsPerToken, boolean bound, List<Part> parts) {

    public Score {
        parts = List.copyOf(parts);
    }

    /** The number of equally likely tokens that would be as surprising: e to the nats per token. */
    public double perplexity() {
        return Math.exp(natsPerToken);
    }

    /** A stretch of the text and how uncertain the model was there. */
    public record Part(String text, int tokens, double natsPerToken) {}
}
