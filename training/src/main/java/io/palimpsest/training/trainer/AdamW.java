package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
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
    }

    /** A parameter with the running means of its gradient and of the gradient's square. */
    private record Slot(String name, Tensor parameter, Tensor mean, Tensor square) {}

    private final List<Slot> slots = new ArrayList<>();
    private final Settings settings;
    private int steps;

    public AdamW(Map<String, Tensor> parameters, Settings settings) {
        this.settings = settings;
        parameters.forEach((name, p) -> slots.add(new Slot(
                name, p, Scope.keeping(() -> Tensor.zeros(p.shape())), Scope.keeping(() -> Tensor.zeros(p.shape())))));
    }

    /**
     * Moves the parameters against their gradients and forgets the gradients; returns the gradients' norm before clipping.
     * Where that is not a finite number nothing moves.
     */
    public double step(double learningRate) {
        double norm = norm();
        if (!Double.isFinite(norm)) {
            return norm;
        }
        steps++;
        double scale = norm > settings.clip ? settings.clip / norm : 1;
        for (Slot slot : slots) {
            if (slot.parameter.hasGrad()) {
                move(slot, scale, learningRate);
                slot.parameter.clearGrad();
            }
        }
        return norm;
    }

    private void move(Slot slot, double scale, double learningRate) {
        double bias1 = 1 - Math.pow(settings.beta1, steps);
        double bias2 = 1 - Math.pow(settings.beta2, steps);
        try (Scope memory = Scope.inference()) {
            Tensor g = slot.parameter.grad().mul(scale);
            slot.mean.lerp_(g, 1 - settings.beta1);
            slot.square.mul_(settings.beta2).addcmul_(g, g, 1 - settings.beta2);
            slot.parameter.mul_(1 - learningRate * settings.decay);
            Tensor root = slot.square.div(bias2).sqrt().add(settings.eps);
            slot.parameter.addcdiv_(slot.mean, root, -learningRate / bias1);
        }
    }

    private double norm() {
        double sum = 0;
        for (Slot slot : slots) {
            if (slot.parameter.hasGrad()) {
                try (Scope memory = Scope.inference()) {
                    sum += slot.parameter.grad().square().sum().item();
                }
            }
        }
        return Math.sqrt(sum);
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
        for (Slot slot : slots) {
            slot.mean.close();
            slot.square.close();
        }
    }
}
