package io.palimpsest.model.folder;

import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.model.layer.Precision;
import java.util.Optional;
import java.util.OptionalInt;

/** Models that denoise word embeddings in continuous time ({@link EmbeddingDitModel}). */
final class EmbeddingDitFamily implements Family {

    private static final int STEPS = 64;

    @Override
    public String name() {
        return "Embedding DiT";
    }

    @Override
    public boolean reads(ModelFolder folder) {
        Configuration config = folder.checkpoint().config();
        return config.has("model_type") && config.text("model_type").equals(EmbeddingDitModel.TYPE);
    }

    @Override
    public Traits traits(ModelFolder folder) {
        return new Traits(
                Traits.Noise.NORMAL,
                Traits.Attention.BIDIRECTIONAL,
                OptionalInt.empty(),
                0,
                false,
                Traits.Decoding.of(Strategy.REFINING).withSteps(STEPS),
                Optional.empty());
    }

    @Override
    public Network load(ModelFolder folder, Precision precision) {
        return EmbeddingDitModel.load(folder.checkpoint(), precision);
    }
}
