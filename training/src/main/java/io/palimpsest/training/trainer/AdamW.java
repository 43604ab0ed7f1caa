package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adam with decoupled weight decay (arXiv:1711.05101), its state open to be saved and restored. */
public final class AdamW implements AutoCloseable {

    /**
     * @param beta1 decay of the mean of gradients
     * @param beta2 decay of the mean of their squares
     * @param decay weight decay; a parameter shrinks by learning rate times this a step
     * @param clip the largest norm of all gradients together; larger ones are scaled down to it
     */
    public record Settings(double beta1, double beta2, double eps, double decay, double clip) {

        public static Settings defaults() {
            return new Settings(0.9, 0.95, 1e-8, 0.01, 1.0);
        }

        private Tensors.AdamWRates at(double learningRate) {
            return new Tensors.AdamWRates(learningRate, beta1, beta2, decay, eps);
        }
    }

    /** A parameter with the running means of its gradient and of the gradient's square. */
    private record Slot(String name, Tensor parameter, Tensor mean, Tensor square) {}

    private final List<Slot> slots = new ArrayList<>();
    private final Settings settings;
    private final Tensor zero;
    private int steps;

    /** @param parameters at least one; F32, all on one device */
    public AdamW(Map<String, Tensor> parameters, Settings settings) {
        this.settings = settings;
        parameters.forEach((name, p) -> slots.add(new Slot(name, p, zerosLike(p), zerosLike(p))));
        this.zero = Scope.keeping(() -> slots.get(0).mean.sum());
    }

    private static Tensor zerosLike(Tensor parameter) {
        return Scope.keeping(() -> parameter.copy().zero_());
    }

    /**
     * Moves the parameters against their gradients and forgets the gradients; returns the gradients' norm before clipping.
     * Where that is not a finite number nothing moves.
     */
    public double step(double learningRate) {
        List<Slot> moved =
                slots.stream().filter(slot -> slot.parameter.hasGrad()).toList();
        double norm = moved.isEmpty() ? 0 : move(moved, learningRate);
        if (Double.isFinite(norm)) {
            steps++;
            moved.forEach(slot -> slot.parameter.clearGrad());
        }
        return norm;
    }

    /** All is set going before the one number is waited for: on a GPU, waiting is what costs. */
    private double move(List<Slot> moved, double learningRate) {
        try (Scope memory = Scope.inference()) {
            Tensors.AdamWState state = new Tensors.AdamWState(
                    moved.stream().map(Slot::parameter).toList(),
                    moved.stream().map(slot -> slot.parameter.grad()).toList(),
                    moved.stream().map(Slot::mean).toList(),
                    moved.stream().map(Slot::square).toList());
            Tensor norm = Tensors.norm(state.gradients());
            Tensor divisor = norm.div(settings.clip).clampMin(1);
            Tensor skip = norm.isFinite().logicalNot().toFloat();
            Tensors.adamW_(state, settings.at(learningRate), zero.add(steps + 1.0), divisor, skip);
            return norm.item();
        }
    }

    /** The state by name: {@code mean.*} and {@code square.*}. */
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        for (Slot slot : slots) {
            state.put("mean." + slot.name, slot.mean);
            state.put("square." + slot.name, slot.square);
        }
        return state;
    }

    public int steps() {
        return steps;
    }

    /** Continues as if {@code steps} steps had been made; the {@link #state} tensors are written by the caller. */
    public void resumeAt(int steps) {
        this.steps = steps;
    }

    @Override
    public void close() {
        zero.close();
        for (Slot slot : slots) {
            slot.mean.close();
            slot.square.close();
        }
    }
}
