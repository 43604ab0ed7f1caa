package io.palimpsest.model.folder;

import io.palimpsest.diffusion.process.GaussianProcess;
import io.palimpsest.diffusion.process.GaussianSchedule;
import io.palimpsest.model.architecture.Bert;
import io.palimpsest.model.architecture.DiffusionLm;
import io.palimpsest.model.layer.Activation;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import java.nio.file.Path;
import java.util.List;

/**
 * A model that denoises word embeddings (Diffusion-LM, arXiv:2205.14217), loaded: its network and the process it was trained
 * with. Its files are those of transformers, {@code config.json} holds the arguments of its training.
 */
public record EmbeddingModel(Configuration config, DiffusionLm network, GaussianProcess process) {

    static final String TYPE = "diffusion-lm";

    /** Beside the weights: a constant, and the words' table under its second name. */
    private static final List<String> BESIDE = List.of("position_ids", "lm_head\\.weight");

    /** Whether the model in {@code folder} is one. */
    public static boolean isAt(Path folder) {
        Configuration config = Configuration.read(folder.resolve("config.json"));
        return config.has("model_type") && config.text("model_type").equals(TYPE);
    }

    /** Loads the model in {@code folder}. */
    public static EmbeddingModel load(Path folder, Precision precision) {
        try (Checkpoint checkpoint = TransformersCheckpoint.open(folder)) {
            Configuration config = checkpoint.config();
            GaussianProcess process = process(config);
            StrictWeights weights = StrictWeights.of(checkpoint);
            DiffusionLm network = DiffusionLm.load(Loader.of(weights, precision), network(config));
            weights.requireAllAsked(checkpoint, BESIDE);
            return new EmbeddingModel(config, network, process);
        }
    }

    private static DiffusionLm.Config network(Configuration c) {
        c.require("predict_xstart", "true");
        c.require("learn_sigma", "false");
        c.require("rescale_timesteps", "true");
        c.require("model_arch", "transformer");
        int channels = c.integer("in_channel", 1, 1 << 20);
        c.require("out_channel", String.valueOf(channels));
        return new DiffusionLm.Config(
                new Bert.Config(
                        c.integer("num_hidden_layers", 1, 4096),
                        c.integer("hidden_size", 1, 1 << 20),
                        c.integer("intermediate_size", 1, 1 << 22),
                        c.integer("num_attention_heads", 1, 1024),
                        c.integer("vocab_size", 1, 1 << 24),
                        c.integer("max_position_embeddings", 1, 1 << 24),
                        1,
                        c.positive("layer_norm_eps", 1e-12),
                        Activation.GELU),
                channels,
                c.integer("num_channels", 1, 1 << 20),
                c.integer("logits_mode", 1, 2, 1) == 2);
    }

    private static GaussianProcess process(Configuration c) {
        String schedule = c.text("noise_schedule");
        return GaussianProcess.of(
                switch (schedule) {
                    case "sqrt" -> GaussianSchedule.SQRT;
                    case "cosine" -> GaussianSchedule.COSINE;
                    case "linear" -> GaussianSchedule.LINEAR;
                    default -> throw c.wrong("noise_schedule", "sqrt, cosine or linear", schedule);
                },
                c.integer("diffusion_steps", 1, 1 << 20));
    }
}
