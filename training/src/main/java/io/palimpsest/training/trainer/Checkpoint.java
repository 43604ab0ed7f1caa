package io.palimpsest.training.trainer;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A run's state in one safetensors file: {@code parameter.*}, the optimiser's {@code mean.*} and {@code square.*}, a moving
 * average's {@code average.*}, and the progress in its metadata. The file is replaced as a whole or not at all, so that a run killed at any moment goes on from
 * the last one.
 */
record Checkpoint(Path file) {

    private static final String DATA = "data";

    private static final String MEMORY = "objective";

    /** A checkpoint that was read: how far it had come, over which data, and what the objective had learnt. */
    record Restored(Progress progress, long data, double[] memory) {}

    void write(Map<String, Tensor> state, Progress progress, long data, double[] memory) {
        Map<String, String> metadata = new LinkedHashMap<>(progress.metadata());
        metadata.put(DATA, String.valueOf(data));
        if (memory.length > 0) {
            metadata.put(MEMORY, Arrays.stream(memory).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
        }
        try (Scope scope = Scope.inference()) {
            Safetensors.write(file, state, metadata);
        }
    }

    /** Puts what was saved into {@code state}; empty where there is no checkpoint yet. */
    Optional<Restored> read(Map<String, Tensor> state) {
        removeRemains();
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (Safetensors saved = Safetensors.open(file)) {
            state.forEach((name, tensor) -> restore(saved, name, tensor));
            return Optional.of(new Restored(Progress.of(saved.metadata()), data(saved), memory(saved)));
        } catch (NumberFormatException e) {
            throw new InvalidFileException(file, "is not a checkpoint of a training run: " + e.getMessage(), e);
        }
    }

    private static long data(Safetensors saved) {
        String number = saved.metadata().get(DATA);
        if (number == null) {
            throw new NumberFormatException("'" + DATA + "' is missing");
        }
        return Long.parseLong(number);
    }

    private static double[] memory(Safetensors saved) {
        String numbers = saved.metadata().getOrDefault(MEMORY, "");
        return Arrays.stream(numbers.split(" "))
                .filter(number -> !number.isEmpty())
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private void restore(Safetensors saved, String name, Tensor tensor) {
        try (Scope memory = Scope.inference()) {
            Tensor value = saved.read(name);
            if (!Arrays.equals(value.shape(), tensor.shape())) {
                throw new InvalidFileException(
                        file,
                        "tensor '" + name + "' has shape " + Arrays.toString(value.shape()) + ", but this run needs "
                                + Arrays.toString(tensor.shape())
                                + ". Give the run its former settings or another output folder");
            }
            tensor.copy_(value);
        }
    }

    /** What a kill in the middle of writing left behind. */
    private void removeRemains() {
        Path folder = file.toAbsolutePath().getParent();
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "." + file.getFileName() + "*.part")) {
            for (Path part : parts) {
                Files.delete(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be tidied", e);
        }
    }
}
