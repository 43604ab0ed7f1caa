package io.palimpsest.cli;

import io.palimpsest.model.verify.TestResult;
import io.palimpsest.model.verify.Verification;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code verify}: replays what reference implementations computed. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Replays recorded outputs of reference implementations and compares them with this engine's.",
            "A folder is a fixture (manifest.json or fixtures.json) or holds some, at any depth. The exit status is 0"
                    + " when everything agrees and 1 when anything does not."
        })
final class VerifyCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private CommonOptions common;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "A folder with fixtures.")
    private List<Path> folders = List.of();

    VerifyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<TestResult> results = new ArrayList<>();
        Consumer<TestResult> listener = common.json() ? result -> {} : this::print;
        folders.forEach(folder -> results.addAll(Verification.run(folder, listener)));
        long passed = results.stream().filter(TestResult::ok).count();
        long failed = results.size() - passed;
        if (common.json()) {
            JsonOutput.print(summary(passed, failed, results), console.out());
        } else {
            console.out().printf(Locale.ROOT, "%n%d passed, %d failed%n", passed, failed);
        }
        return failed == 0 ? ExitStatus.DONE : ExitStatus.FAILED;
    }

    private void print(TestResult result) {
        String diff = result.maxAbsDiff().isPresent()
                ? String.format(Locale.ROOT, "%.1e", result.maxAbsDiff().getAsDouble())
                : "-";
        console.out()
                .printf(
                        Locale.ROOT,
                        "%-4s  %-56s %-16s %8s  %s%n",
                        result.ok() ? "ok" : "FAIL",
                        result.folder() + "/" + result.name(),
                        result.kind(),
                        diff,
                        result.message());
    }

    private static Map<String, Object> summary(long passed, long failed, List<TestResult> results) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("passed", passed);
        summary.put("failed", failed);
        summary.put("tests", results.stream().map(VerifyCommand::json).toList());
        return summary;
    }

    private static Map<String, Object> json(TestResult result) {
        Map<String, Object> test = new LinkedHashMap<>();
        test.put("name", result.folder() + "/" + result.name());
        test.put("kind", result.kind());
        result.maxAbsDiff().ifPresent(diff -> test.put("max_abs_diff", Double.isNaN(diff) ? "NaN" : diff));
        test.put("ok", result.ok());
        if (!result.ok()) {
            test.put("message", result.message());
        }
        return test;
    }
}
