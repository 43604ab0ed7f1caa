package io.palimpsest.model.weights;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** Named tensors of a checkpoint, seen from one of its parts. */
public interface Weights {

    /** Whether there is a tensor of this name. */
    boolean has(String name);

    /** The tensor of this name in its stored type, whatever its shape. */
    Tensor get(String name);

    /** Where the tensor of this name is, for messages. */
    String describe(String name);

    /** The tensor of this name, which must have this shape. */
    default Tensor get(String name, long... shape) {
        Tensor found = get(name);
        if (!Arrays.equals(found.shape(), shape)) {
            throw new ModelFileException(describe(name) + " has shape " + Arrays.toString(found.shape())
                    + ", but the configuration needs " + Arrays.toString(shape));
        }
        return found;
    }

    /** These weights seen from the part called {@code prefix}. */
    default Weights at(String prefix) {
        Weights whole = this;
        return new Weights() {
            @Override
            public boolean has(String name) {
                return whole.has(prefix + "." + name);
            }

            @Override
            public Tensor get(String name) {
                return whole.get(prefix + "." + name);
            }

            @Override
            public String describe(String name) {
                return whole.describe(prefix + "." + name);
            }
        };
    }
}
