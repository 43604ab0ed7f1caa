package io.palimpsest.cli;

import io.palimpsest.engine.Engine;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.training.evaluation.ChoiceReport;
import io.palimpsest.training.evaluation.DecodingMode;
import io.palimpsest.training.evaluation.Evaluation;
import io.palimpsest.training.evaluation.EvaluationReport;
import io.palimpsest.training.evaluation.HeldOutLikelihood;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
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

    @Option(
            names = "--prompts",
            paramLabel = "N",
            description = "How many texts to write in each of --modes, at most 100. Usual: 20, and 4 with --quick.")
    private Optional<Integer> prompts;

    @Option(
            names = "--modes",
            paramLabel = "MODE,...",
            description =
                    "The ways to write that are measured: base, verified, typical, unverified, no-state (unverified without"
                            + " the continuous state). Usual: all. The base, with which the others are compared, always is.")
    private Optional<String> modes;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the numbers to FILE as JSON, too.")
    private Optional<Path> out;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description =
                    "Measure only how probable the text in FILE is to the model: exactly where it has an autoregressive"
                            + " mode, by a bound elsewhere.")
    private Optional<Path> text;

    @Option(
            names = "--choices",
            paramLabel = "FILE",
            description =
                    "Measure only how often the model finds the right one of several answers: JSON lines or Parquet with"
                            + " question, choices and answer, or with the names of lm-eval's data sets.")
    private Optional<Path> choices;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "8",
            description =
                    "Noised copies of each window of --text, or of each answer of --choices, where the model has no"
                            + " autoregressive mode. Default: ${DEFAULT-VALUE}.")
    private int draws;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (text.isPresent() || choices.isPresent()) {
            print(only());
            return ExitStatus.DONE;
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
        Evaluation.Settings settings = settings();
        try (ModelFolder folder = Models.folder(common)) {
            return Evaluation.run(folder, common.loading(), settings, common.progress(console));
        }
    }

    private Evaluation.Settings settings() {
        Evaluation.Settings usual = Evaluation.Settings.of(quick, common.seed().orElse(1));
        return usual.prompts(prompts.orElse(usual.prompts()))
                .modes(modes.map(DecodingMode::parse).orElse(usual.modes()));
    }

    /** What was asked for by name, in one table. */
    private Map<String, Object> only() {
        Map<String, Object> numbers = new LinkedHashMap<>();
        text.ifPresent(file -> numbers.putAll(likelihood(file).toMap()));
        choices.ifPresent(file -> numbers.putAll(choices(file).toMap()));
        return numbers;
    }

    private HeldOutLikelihood likelihood(Path file) {
        Path model = Models.find(common.model());
        long number = common.seed().orElse(1);
        if (common.adapter().isEmpty() && HeldOutLikelihood.isTransformer(model)) {
            return HeldOutLikelihood.measure(model, file, draws, number, common.threads(), common.progress(console));
        }
        try (Engine engine = Models.open(common)) {
            return HeldOutLikelihood.measure(engine, file, draws, number, common.progress(console));
        }
    }

    private ChoiceReport choices(Path file) {
        try (Engine engine = Models.open(common)) {
            return ChoiceReport.measure(engine, file, draws, common.seed().orElse(1), common.progress(console));
        }
    }

    private void print(Map<String, Object> numbers) {
        out.ifPresent(file -> EvaluationReport.write(numbers, file));
        if (common.json()) {
            JsonOutput.print(numbers, console.out());
        } else {
            numbers.forEach((name, value) -> console.out()
                    .println(String.format(Locale.ROOT, "%-26s%s", name, shown(value))
                            .stripTrailing()));
        }
    }

    private static String shown(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.4f", number) : String.valueOf(value);
    }
}
