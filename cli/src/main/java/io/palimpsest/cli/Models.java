package io.palimpsest.cli;

import io.palimpsest.engine.Engine;
import io.palimpsest.model.ModelFileException;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.hub.Hub;
import io.palimpsest.model.hub.Repository;
import io.palimpsest.models.DefaultModel;
import io.palimpsest.models.ShippedModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Where models are: those that ship with Palimpsest, and the folders in the user's own. */
final class Models {

    private Models() {}

    /** Loads the model that the options name. */
    static Engine open(ModelOptions options) {
        try (ModelFolder folder = folder(options)) {
            return Engine.open(folder, options.loading());
        }
    }

    /** Opens the model that the options name, under their adapter where they name one. */
    static ModelFolder folder(ModelOptions options) {
        return folder(find(options.model()), options);
    }

    /** Opens the model at {@code path}, under the options' adapter where they name one. */
    static ModelFolder folder(Path path, ModelOptions options) {
        return options.adapter()
                .map(adapter -> ModelFolder.open(path, adapter))
                .orElseGet(() -> ModelFolder.open(path));
    }

    /** A folder or GGUF file by its path, a model by its name, or one that was pulled by its repository. */
    static Path find(Optional<String> model) {
        return find(model, Hub::system);
    }

    static Path find(Optional<String> model, Supplier<Hub> hub) {
        if (model.isEmpty()) {
            return DefaultModel.folder();
        }
        if (model.get().isBlank()) {
            throw new IllegalArgumentException("--model is empty; give a model's name or folder, or leave it out");
        }
        Optional<Path> shipped = ShippedModels.find(model.get());
        if (shipped.isPresent()) {
            return shipped.get();
        }
        Path path = Path.of(model.get());
        Path named = home().resolve(model.get());
        if (Files.exists(path)) {
            return path;
        }
        if (Files.isDirectory(named)) {
            return named;
        }
        return pulled(model.get(), hub)
                .orElseThrow(() -> new ModelFileException("there is no folder and no model called '" + model.get()
                        + "'; 'palimpsest list' shows the models there are, 'palimpsest pull' fetches more"));
    }

    private static Optional<Path> pulled(String model, Supplier<Hub> hub) {
        return Repository.isName(model) ? hub.get().find(Repository.parse(model)) : Optional.empty();
    }

    /** All models that have a name: those that ship first. */
    static List<Path> all() {
        List<Path> found = new ArrayList<>(ShippedModels.all());
        if (Files.isDirectory(home())) {
            try (Stream<Path> folders = Files.list(home())) {
                folders.filter(Files::isDirectory).sorted().forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException(home() + " cannot be listed: " + e.getMessage(), e);
            }
        }
        return found;
    }

    /** The user's own models. */
    static Path home() {
        String data = System.getenv("XDG_DATA_HOME");
        Path base = data == null || data.isBlank()
                ? Path.of(System.getProperty("user.home", "."), ".local", "share")
                : Path.of(data);
        return base.resolve("palimpsest").resolve("models");
    }
}
