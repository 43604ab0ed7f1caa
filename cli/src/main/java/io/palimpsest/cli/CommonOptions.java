package io.palimpsest.cli;

import io.palimpsest.engine.Request;
import io.palimpsest.model.folder.Options;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options every verb takes. */
class CommonOptions {

    @Spec(Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "A model's name or folder. Without it, the model that ships with Palimpsest.")
    private Optional<String> model;

    private OptionalInt threads = OptionalInt.empty();

    @Option(
            names = "--precision",
            paramLabel = "auto|fp32|bf16|int8",
            defaultValue = "auto",
            description = "What the weights are computed in; auto takes what this processor does best.")
    private Precision precision;

    private OptionalLong seed = OptionalLong.empty();

    @Option(names = "--json", description = "Print one JSON object on standard output and nothing else there.")
    private boolean json;

    @Option(names = "--quiet", description = "Show no progress.")
    private boolean quiet;

    @Option(names = "--debug", description = "Show the stack trace of a failure.")
    private boolean debug;

    @Option(names = "--threads", paramLabel = "N", description = "Processor threads to compute with.")
    void setThreads(int count) {
        if (count < 1 || count > Options.MOST_THREADS) {
            throw new ParameterException(
                    command.commandLine(),
                    "--threads must be between 1 and " + Options.MOST_THREADS + "; got " + count + ".");
        }
        threads = OptionalInt.of(count);
    }

    @Option(names = "--seed", paramLabel = "N", description = "Makes the result reproducible.")
    void setSeed(long number) {
        seed = OptionalLong.of(number);
    }

    Optional<String> model() {
        return model;
    }

    OptionalInt threads() {
        return threads;
    }

    Precision precision() {
        return precision;
    }

    /** {@code request} with the seed, where one was given. */
    Request seeded(Request request) {
        return seeded(request, 0);
    }

    /** The same for the turns of a conversation, each of which has a seed of its own. */
    Request seeded(Request request, int turn) {
        return seed.isPresent() ? request.seed(seed.getAsLong() + turn) : request;
    }

    OptionalLong seed() {
        return seed;
    }

    boolean json() {
        return json;
    }

    boolean quiet() {
        return quiet;
    }

    /** Where lines about a long task's progress go: standard error, or nowhere. */
    Consumer<String> progress(Console console) {
        return quiet ? line -> {} : console.err()::println;
    }

    boolean debug() {
        return debug;
    }
}
