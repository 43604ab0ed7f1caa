package io.palimpsest.cli;

import io.palimpsest.training.adapt.FineTuning;
import io.palimpsest.training.embedding.EmbeddingRun;
import io.palimpsest.training.scratch.FurtherRun;
import io.palimpsest.training.scratch.ScratchRun;
import io.palimpsest.training.settings.YamlFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
                "Trains a model as the plan CONFIG says and leaves a model folder: one from nothing, or --model further on"
                        + " text or on your own conversations. Stop it at any moment; the same command goes on.",
        footer =
                "--model is for plans of kind further and fine_tuning. CONFIG says all else: --seed, --threads and --precision"
                        + " change nothing here.")
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
        List<String> kinds = List.of("scratch", "further", "continuous", "fine_tuning");
        Map<String, Object> result = switch (YamlFile.kind(config, kinds)) {
            case "scratch" -> made(ScratchRun.run(config, common.progress(console)));
            case "further" -> made(FurtherRun.run(config, Models.find(common.model()), common.progress(console)));
            case "continuous" -> continuous();
            default -> fineTuned();
        };
        if (common.json()) {
            JsonOutput.print(result, console.out());
        } else {
            result.forEach((name, value) -> console.out().printf(Locale.ROOT, "%-28s%s%n", name, value));
        }
        return ExitStatus.DONE;
    }

    private static Map<String, Object> made(ScratchRun.Result done) {
        return new LinkedHashMap<>(
                Map.of("model", done.model().toString(), "report", done.report().toString()));
    }

    private Map<String, Object> continuous() {
        EmbeddingRun.Result done = EmbeddingRun.run(config, common.progress(console));
        return new LinkedHashMap<>(
                Map.of("model", done.model().toString(), "report", done.report().toString()));
    }

    private Map<String, Object> fineTuned() {
        FineTuning.Result done = FineTuning.run(config, Models.find(common.model()), common.progress(console));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("model", done.model().toString());
        result.put("report", done.report().toString());
        done.before().ifPresent(m -> result.put("held_out_nats_before", m.loss()));
        done.after().ifPresent(m -> result.put("held_out_nats_after", m.loss()));
        return result;
    }
}
