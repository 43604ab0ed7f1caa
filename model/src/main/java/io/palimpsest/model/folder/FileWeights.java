package io.palimpsest.model.folder;

import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.TensorFile;

/** The tensors of a file under their own names. */
record FileWeights(TensorFile file) implements Weights {

    @Override
    public boolean has(String name) {
        return file.has(name);
    }

    @Override
    public Tensor get(String name) {
        return file.read(name);
    }

    @Override
    public String describe(String name) {
        return file.path() + ": tensor '" + name + "'";
    }
}
