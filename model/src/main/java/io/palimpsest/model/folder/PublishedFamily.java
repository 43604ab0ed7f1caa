package io.palimpsest.model.folder;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Loader;
import java.util.Set;

/**
 * A family of published diffusion language models, as its configuration names it.
 *
 * @param name what people call it
 * @param types the {@code model_type}s its configurations have
 * @param architectures the {@code architectures} that set it apart from others of the same type; empty where nothing must
 * @param attention who sees whom
 * @param shift 1 where the row before a position predicts its token
 * @param decoding the settings it works with
 * @param reader makes its network
 */
record PublishedFamily(
        String name,
        Set<String> types,
        Set<String> architectures,
        Traits.Attention attention,
        int shift,
        Traits.Decoding decoding,
        Reader reader) {

    /** Makes a network from a configuration and weights. */
    interface Reader {
        CanvasNetwork read(Configuration config, Loader loader);
    }

    Traits traits() {
        return new Traits(Traits.Noise.MASK, attention, shift, false, decoding);
    }

    boolean reads(Configuration config) {
        return types.contains(config.text("model_type")) && (architectures.isEmpty() || names(config));
    }

    private boolean names(Configuration config) {
        for (var architecture : config.json().path("architectures")) {
            if (architectures.contains(architecture.asText())) {
                return true;
            }
        }
        return false;
    }
}
