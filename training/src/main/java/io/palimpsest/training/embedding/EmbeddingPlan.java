package io.palimpsest.training.embedding;

import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.training.scratch.ScratchPlan.Compute;
import io.palimpsest.training.settings.TrainerSettings;
import java.util.List;

/**
 * A continuous diffusion model to be made from nothing: everything it depends on. Relative paths start at the plan's own folder.
 *
 * @param kind {@code continuous}
 * @param output where the run and the model go
 * @param threads processor threads
 * @param selfConditioning the chance that a step of training shows the network its own first prediction
 */
public record EmbeddingPlan(
        String kind,
        String output,
        long seed,
        int threads,
        Model model,
        Data data,
        GeometricNoise noise,
        double selfConditioning,
        TrainerSettings training,
        Classifier classifier) {

    /** How wide the noise level's embedding is. */
    static final int CONDITION = 128;

    /**
     * The network's shape.
     *
     * @param channels the width of the word embeddings
     */
    public record Model(String name, int layers, int dim, int heads, int channels, Compute compute) {

        public Model {
            requireBody(layers, dim, heads);
            if (channels < 1) {
                throw new IllegalArgumentException("embeddings need at least 1 channel; got " + channels);
            }
        }

        Dit.Config body(int vocabulary) {
            return new Dit.Config(layers, dim, heads, CONDITION, vocabulary, true, true);
        }
    }

    /** The shape and the training of the classifier that steers; 0 layers for none. */
    public record Classifier(int layers, int dim, int heads, TrainerSettings training) {

        public Classifier {
            if (layers > 0) {
                requireBody(layers, dim, heads);
            }
        }

        Dit.Config body() {
            return new Dit.Config(layers, dim, heads, CONDITION, 1, true, true);
        }
    }

    /**
     * Texts as JSON lines with {@code text}, {@code tags}, {@code fields} and {@code spans}; {@code .gz} is unpacked.
     *
     * @param length tokens a text, its start, its end and padding among them; longer ones are left out
     * @param leastCount how often a word must occur to have a token of its own
     * @param heldOutExamples how many held-out texts are looked at during the run
     */
    public record Data(List<String> training, List<String> heldOut, int length, int leastCount, int heldOutExamples) {}

    private static void requireBody(int layers, int dim, int heads) {
        if (layers < 1 || heads < 1 || dim < 1 || dim % (2 * heads) != 0) {
            throw new IllegalArgumentException(
                    "a network needs at least one layer and a width that is a multiple of twice its heads; got "
                            + layers + " layers, width " + dim + ", " + heads + " heads");
        }
    }
}
