package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.diffusion.denoiser.EmbeddingRefinement;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.architecture.EmbeddingDit;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A model that denoises word embeddings in continuous time, loaded: its network, its noise, and where between noise and text there
 * is most to decide.
 *
 * @param density how densely times were drawn in each of some equal bins when training ended; 1 on average
 * @param length how many tokens every text has, padding included
 */
public record EmbeddingDitModel(
        EmbeddingDit network,
        GeometricNoise noise,
        List<Double> density,
        int length,
        int unknown,
        int start,
        int padding)
        implements Network {

    /** The {@code model_type}. */
    public static final String TYPE = "embedding_dit";

    /** The share of the noise that is drawn anew in each step. */
    private static final double CHANCE = 1;

    private static final int LARGE = 1 << 24;

    /** Loads the model in {@code folder}. */
    public static EmbeddingDitModel load(Path folder, Precision precision) {
        try (Checkpoint checkpoint = TransformersCheckpoint.open(folder)) {
            return load(checkpoint, precision);
        }
    }

    static EmbeddingDitModel load(Checkpoint checkpoint, Precision precision) {
        Configuration c = checkpoint.config();
        c.require("model_type", TYPE);
        EmbeddingDit.Config shape = shape(c);
        GeometricNoise noise = noise(c);
        List<Double> density = density(c);
        int vocabulary = shape.body().vocabulary();
        StrictWeights weights = StrictWeights.of(checkpoint);
        EmbeddingDit network = EmbeddingDit.load(Loader.of(weights, precision), shape);
        weights.requireAllAsked(checkpoint, List.of());
        return new EmbeddingDitModel(
                network,
                noise,
                density,
                c.integer("model_length", 2, LARGE),
                c.integer("unk_token_id", 0, vocabulary - 1),
                c.integer("bos_token_id", 0, vocabulary - 1),
                c.integer("pad_token_id", 0, vocabulary - 1));
    }

    private static EmbeddingDit.Config shape(Configuration c) {
        return new EmbeddingDit.Config(
                body(c, c.integer("vocab_size", 1, LARGE)), c.integer("embedding_dim", 1, 1 << 20));
    }

    /** The shape of {@link Dit}'s blocks, as {@code config} says it. */
    static Dit.Config body(Configuration c, int vocabulary) {
        int dim = c.integer("hidden_dim", 1, 1 << 20);
        int heads = c.integer("n_heads", 1, 1024);
        if (dim % (2 * heads) != 0) {
            throw c.wrong("hidden_dim", "a multiple of twice n_heads (" + heads + ")", dim);
        }
        return new Dit.Config(
                c.integer("n_blocks", 1, 4096), dim, heads, c.integer("cond_dim", 1, 1 << 20), vocabulary, true, true);
    }

    private static GeometricNoise noise(Configuration c) {
        double least = c.positive("sigma_min");
        double most = c.positive("sigma_max");
        if (most <= least) {
            throw c.wrong("sigma_max", "above sigma_min (" + least + ")", most);
        }
        return new GeometricNoise(least, most);
    }

    private static List<Double> density(Configuration c) {
        JsonNode list = c.json().path("time_density");
        if (!list.isArray() || list.isEmpty()) {
            throw c.wrong("time_density", "a list of positive numbers", list);
        }
        return IntStream.range(0, list.size())
                .mapToObj(list::get)
                .map(bin -> {
                    if (!bin.isNumber() || !(bin.doubleValue() > 0) || Double.isInfinite(bin.doubleValue())) {
                        throw c.wrong("time_density", "a list of positive numbers", list);
                    }
                    return bin.doubleValue();
                })
                .toList();
    }

    /** The way that texts go from noise. */
    public EmbeddingRefinement.Walk walk() {
        return new EmbeddingRefinement.Walk(noise, density, length, Set.of(unknown, start));
    }

    /** What it says of hidden words from those given alone; {@code drawing} writes texts. */
    @Override
    public Denoiser open() {
        return new EmbeddingRefinement(
                network, walk(), 1, ReverseStep.implicit(CHANCE), EmbeddingGuidance.none(), canvas -> Seed.of(0));
    }
}
