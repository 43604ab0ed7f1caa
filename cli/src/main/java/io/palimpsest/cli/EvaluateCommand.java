package io.palimpsest.cli;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.training.evaluation.Evaluation;
import io.palimpsest.training.evaluation.EvaluationReport;
import io.palimpsest.training.evaluation.HeldOutLikelihood;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code evaluate}: measures a model with an autoregressive and a diffusion mode. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description =
                "Measures a model: accuracy in hidden blocks, tokens per forward pass against perplexity, infilling,"
                        + " precision, calibration.")
final class EvaluateCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Option(names = "--quick", description = "Use few texts: a minute or two, and rough numbers.")
    private boolean quick;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the numbers to FILE as JSON, too.")
    private Optional<Path> out;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "Measure only how probable the text in FILE is to a model that was trained from nothing.")
    private Optional<Path> text;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "8",
            description = "Noised copies of each window of --text. Default: ${DEFAULT-VALUE}.")
    private int draws;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (text.isPresent()) {
            return likelihood(text.get());
        }
        EvaluationReport report = report();
        out.ifPresent(report::write);
        if (common.json()) {
            JsonOutput.print(report.toMap(), console.out());
        } else {
            report.table().forEach(console.out()::println);
        }
        return ExitStatus.DONE;
    }

    private EvaluationReport report() {
        try (ModelFolder folder = Models.folder(common)) {
            return Evaluation.run(
                    folder,
                    common.loading(),
                    Evaluation.Settings.of(quick, common.seed().orElse(1)),
                    common.progress(console));
        }
    }

    private int likelihood(Path file) {
        if (common.adapter().isPresent()) {
            throw new IllegalArgumentException(
                    "--text measures a model that was trained from nothing: leave out --adapter");
        }
        HeldOutLikelihood bound = HeldOutLikelihood.measure(
                Models.find(common.model()),
                file,
                draws,
                common.seed().orElse(1),
                common.threads(),
                common.progress(console));
        if (common.json()) {
            JsonOutput.print(bound.toMap(), console.out());
        } else {
            bound.toMap().forEach((name, value) -> console.out().printf(Locale.ROOT, "%-16s%s%n", name, value));
        }
        return ExitStatus.DONE;
    }
}
