package io.palimpsest.tensor;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.ListType;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;

/**
 * Operations over many tensors at once. On a GPU they take a few launches for hundreds of tensors, where an operation for each
 * would take a launch each; on a processor the loop over the tensors is a native one.
 */
public final class Tensors {

    private static final Operator NORMS = Operator.named("aten::_foreach_norm", "Scalar");
    private static final Operator LERP = Operator.named("aten::_foreach_lerp_", "Scalar");
    private static final Operator ADAM_W = Operator.named("aten::_fused_adamw_");
    private static final Type.TypePtr ELEMENT =
            ListType.ofTensors().getElementType().retainReference();

    private Tensors() {}

    /**
     * The Euclidean norm of all elements of all tensors together, as a scalar tensor; sums are 32-bit ones on a processor, which
     * leaves three to four digits for tensors of millions of elements.
     */
    public static Tensor norm(List<Tensor> tensors) {
        TensorVector norms = NORMS.call(list(tensors), new IValue(new Scalar(2.0)), new IValue())
                .toTensorVector();
        List<Tensor> each = IntStream.range(0, tensors.size())
                .mapToObj(i -> Tensor.own(norms.get(i)))
                .toList();
        return Tensor.stack(each, 0).square().sum().sqrt();
    }

    /** {@code tensor += weight * (end - tensor)} for each tensor and its end. */
    public static void lerp_(List<Tensor> tensors, List<Tensor> ends, double weight) {
        LERP.run(list(tensors), list(ends), new IValue(new Scalar(weight)));
    }

    /**
     * What Adam with decoupled weight decay changes, in one order.
     *
     * @param means the running means of the gradients
     * @param squares the running means of the gradients' squares
     */
    public record AdamWState(
            List<Tensor> parameters, List<Tensor> gradients, List<Tensor> means, List<Tensor> squares) {}

    /** The numbers of a step of Adam with decoupled weight decay (arXiv:1711.05101). */
    public record AdamWRates(double learningRate, double beta1, double beta2, double decay, double eps) {}

    /**
     * One step of Adam with decoupled weight decay (arXiv:1711.05101, algorithm 2), one pass over memory.
     *
     * @param step the number of this step, counted from 1, as a scalar
     * @param divisor gradients are divided by this scalar, in place
     * @param skip a scalar; nothing changes where it is 1
     */
    public static void adamW_(AdamWState state, AdamWRates rates, Tensor step, Tensor divisor, Tensor skip) {
        ADAM_W.run(
                list(state.parameters),
                list(state.gradients),
                list(state.means),
                list(state.squares),
                list(List.of()), // for amsgrad
                list(state.parameters.stream().map(p -> step).toList()),
                new IValue(rates.learningRate),
                new IValue(rates.beta1),
                new IValue(rates.beta2),
                new IValue(rates.decay),
                new IValue(rates.eps),
                new IValue(false), // amsgrad
                new IValue(false), // maximise
                new IValue(divisor.handle()),
                new IValue(skip.handle()));
    }

    private static IValue list(List<Tensor> tensors) {
        GenericList list = new GenericList(ELEMENT);
        tensors.forEach(tensor -> list.push_back(new IValue(tensor.handle())));
        return new IValue(list);
    }
}
