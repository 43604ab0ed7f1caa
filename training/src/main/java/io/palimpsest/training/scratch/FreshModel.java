package io.palimpsest.training.scratch;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Map;

/**
 * A diffusion transformer in training.
 *
 * @param dit the network, over the parameters
 * @param parameters everything that is trained, by name
 */
public record FreshModel(Dit.Config config, Dit dit, Map<String, Tensor> parameters) {

    /** An untrained network, the same for the same seed. */
    public static FreshModel of(Dit.Config config, Precision precision, Seed seed) {
        Dit dit = Dit.load(Loader.of(new FreshWeights(seed), precision), config);
        Map<String, Tensor> parameters = dit.parameters();
        parameters.values().forEach(Tensor::requireGrad);
        return new FreshModel(config, dit, parameters);
    }

    /** The mask's id, which is the last. */
    public int mask() {
        return config.vocabulary() - 1;
    }

    /** The number of weights. */
    public long size() {
        return parameters.values().stream().mapToLong(Tensor::numel).sum();
    }
}
