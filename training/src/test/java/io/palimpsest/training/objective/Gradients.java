package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.function.DoubleSupplier;

/** Gradients against finite differences. */
final class Gradients {

    private Gradients() {}

    /**
     * Asserts that a step of length {@code step} along {@code parameter}'s gradient changes {@code loss} as the gradient says.
     */
    static void assertAgree(String name, Tensor parameter, double step, DoubleSupplier loss) {
        try (Scope memory = Scope.inference()) {
            Tensor gradient = parameter.grad();
            double norm = Math.sqrt(gradient.square().sum().item());
            Tensor along = gradient.mul(step / norm);
            Tensor before = parameter.copy();
            parameter.copy_(before.add(along));
            double above = loss.getAsDouble();
            parameter.copy_(before.sub(along));
            double below = loss.getAsDouble();
            parameter.copy_(before);
            assertThat((above - below) / (2 * step)).as(name).isCloseTo(norm, within(0.01 * norm + 2e-3));
        }
    }
}
