package io.palimpsest.cli;

import io.palimpsest.training.adapt.Adaptation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code adapt}: turns an autoregressive model into a diffusion model. */
@Command(
        name = "adapt",
        mixinStandardHelpOptions = true,
        description =
                "Turns an autoregressive model into a diffusion model as the recipe CONFIG says: writes the training text,"
                        + " trains, measures, and leaves a model folder. Stop it at any moment; the same command goes on.",
        footer = "CONFIG says it all: --model, --seed, --threads and --precision change nothing here.")
final class AdaptCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "CONFIG", description = "The recipe, a YAML file; see docs/recipes.")
    private Path config;

    AdaptCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Adaptation.Result result = Adaptation.run(config, common.progress(console));
        if (common.json()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("model", result.model().toString());
            json.put("report", result.report().toString());
            result.evaluation().ifPresent(e -> json.put("evaluation", e.toMap()));
            JsonOutput.print(json, console.out());
        } else {
            result.evaluation().ifPresent(e -> e.table().forEach(console.out()::println));
            console.out().println("model   " + result.model());
            console.out().println("report  " + result.report());
        }
        return ExitStatus.DONE;
    }
}
