package io.palimpsest.cli;

import io.palimpsest.training.scratch.ScratchRun;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code train}: makes a model from a user's own text. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description =
                "Trains a model as the plan CONFIG says and leaves a model folder. Stop it at any moment; the same command"
                        + " goes on.")
final class TrainCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "CONFIG", description = "The plan, a YAML file; see docs/recipes.")
    private Path config;

    TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ScratchRun.Result result = ScratchRun.run(config, line -> {
            if (!common.quiet()) {
                console.err().println(line);
            }
        });
        if (common.json()) {
            JsonOutput.print(
                    Map.of(
                            "model", result.model().toString(),
                            "report", result.report().toString()),
                    console.out());
        } else {
            console.out().println("model   " + result.model());
            console.out().println("report  " + result.report());
        }
        return ExitStatus.DONE;
    }
}
