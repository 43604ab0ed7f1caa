package io.palimpsest.model.folder;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.TensorFile;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A checkpoint's weights that note which of them are asked for: a tensor that nothing asked for means that the configuration
 * describes another network.
 */
record StrictWeights(Weights all, Set<String> asked) implements Weights {

    static StrictWeights of(Checkpoint checkpoint) {
        return new StrictWeights(checkpoint.weights(), ConcurrentHashMap.newKeySet());
    }

    @Override
    public boolean has(String name) {
        return all.has(name);
    }

    @Override
    public Tensor get(String name) {
        asked.add(name);
        return all.get(name);
    }

    @Override
    public String describe(String name) {
        return all.describe(name);
    }

    /** Requires that every tensor of {@code checkpoint} was asked for, except those that match one of {@code beside}. */
    void requireAllAsked(Checkpoint checkpoint, List<String> beside) {
        Set<String> used = asked.stream().map(checkpoint::nameInFile).collect(Collectors.toSet());
        requireAllAsked(checkpoint.tensors(), used, beside);
    }

    /** The same for a file whose tensors are called as they are asked for. */
    void requireAllAsked(TensorFile file) {
        requireAllAsked(file, asked, List.of());
    }

    private void requireAllAsked(TensorFile file, Set<String> used, List<String> beside) {
        for (String name : file.names()) {
            if (!used.contains(name) && beside.stream().noneMatch(name::matches)) {
                throw new ModelFileException(
                        describe(name) + " is not part of the network that its configuration describes");
            }
        }
    }
}
