package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters averaged over the steps of a run with exponentially falling weights: less noisy than the last ones, and what
 * diffusion models are sampled from (DDPM, arXiv:2006.11239).
 *
 * <p>The first steps are forgotten faster: the decay is at most {@code (1 + n) / (10 + n)} after n steps.
 */
final class MovingAverage {

    private final List<Tensor> parameters = new ArrayList<>();
    private final Map<String, Tensor> averages = new LinkedHashMap<>();
    private final double decay;

    /** @param decay what is kept of the average at each step */
    MovingAverage(Map<String, Tensor> parameters, double decay) {
        this.decay = decay;
        parameters.forEach((name, parameter) -> {
            this.parameters.add(parameter);
            averages.put(name, Scope.keeping(parameter::copy));
        });
    }

    /** Takes in the parameters after step {@code step}. */
    void update(int step) {
        double kept = Math.min(decay, (1.0 + step) / (10.0 + step));
        try (Scope memory = Scope.inference()) {
            Tensors.lerp_(List.copyOf(averages.values()), parameters, 1 - kept);
        }
    }

    /** The averages by the parameters' names. */
    Map<String, Tensor> averages() {
        return averages;
    }
}
