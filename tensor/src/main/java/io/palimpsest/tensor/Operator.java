package io.palimpsest.tensor;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/** An ATen operator reached by name through the dispatcher, for those without a Java method. */
final class Operator {

    private final OperatorHandle handle;

    private Operator(OperatorHandle handle) {
        this.handle = handle;
    }

    static Operator named(String name) {
        return named(name, "");
    }

    static Operator named(String name, String overload) {
        OperatorHandle found = Dispatcher.singleton().findSchemaOrThrow(name, overload);
        found.retainReference(); // outlives the scope it is first used in
        return new Operator(found);
    }

    /** Runs the operator and returns its first result in a handle of its own. */
    IValue call(IValue... arguments) {
        return new IValue(results(arguments).get(0));
    }

    /** Runs the operator and returns its first result, a tensor. */
    Tensor tensor(IValue... arguments) {
        return Tensor.own(results(arguments).get(0).toTensor());
    }

    /** Runs an operator that works in place. */
    void run(IValue... arguments) {
        results(arguments);
    }

    private IValueVector results(IValue... arguments) {
        IValueVector stack = new IValueVector(arguments);
        Dispatcher.singleton().callBoxed(handle, stack);
        return stack;
    }
}
