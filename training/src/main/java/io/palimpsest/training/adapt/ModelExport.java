package io.palimpsest.training.adapt;

import io.palimpsest.model.folder.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of the adapted model: the base's files beside the adapter's.
 *
 * @param base a model folder or one GGUF file
 * @param folder where the adapted model goes
 */
record ModelExport(Path base, Path folder) {

    /** Copies the base's files that are not there yet, those of an adapter it may have excepted. */
    void copyBase(ModelFolder model) {
        try {
            Files.createDirectories(folder);
            for (Path file : files(model)) {
                Path copy = folder.resolve(file.getFileName());
                if (!Files.exists(copy)) {
                    Path part = folder.resolve("." + file.getFileName() + ".part");
                    Files.copy(file, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the base model cannot be copied to " + folder, e);
        }
    }

    private List<Path> files(ModelFolder model) throws IOException {
        if (!Files.isDirectory(base)) {
            return List.of(model.weightsFile());
        }
        try (Stream<Path> all = Files.list(base)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("adapter_"))
                    .toList();
        }
    }
}
