package io.palimpsest.cli;

import io.palimpsest.model.folder.Options;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every verb that works with a model. */
final class ModelOptions extends CommonOptions {

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "An adapter, as 'train' and 'adapt' write it, to be used instead of the model's own.")
    private Optional<Path> adapter;

    Optional<Path> adapter() {
        return adapter;
    }

    Options loading() {
        return new Options(precision().chosen(), threads());
    }
}
