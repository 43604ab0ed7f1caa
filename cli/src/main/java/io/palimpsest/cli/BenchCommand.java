package io.palimpsest.cli;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.training.benchmark.Benchmark;
import io.palimpsest.training.benchmark.BenchmarkReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench}: measures how fast a model runs here. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description =
                "Measures how fast a model runs on this machine: milliseconds a denoising step, tokens a second of each way"
                        + " to write, the share of what a large matrix product reaches, memory.")
final class BenchCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Option(names = "--quick", description = "Repeat little: half a minute, and wider spreads.")
    private boolean quick;

    @Option(
            names = "--soak",
            paramLabel = "N",
            defaultValue = "0",
            description = "Then generate N texts, to see whether memory grows.")
    private int soak;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Benchmark.Settings settings =
                new Benchmark.Settings(quick, common.seed().orElse(1), soak);
        try (ModelFolder folder = Models.folder(common)) {
            BenchmarkReport report = Benchmark.run(folder, common.loading(), settings, common.progress(console));
            if (common.json()) {
                JsonOutput.print(report.toMap(), console.out());
            } else {
                report.table().forEach(console.out()::println);
            }
        }
        return ExitStatus.DONE;
    }
}
