package io.palimpsest.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code list}: the models that have a name. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the models that --model knows by name.")
final class ListCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private CommonOptions common;

    ListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<Path> models = Models.all();
        if (common.json()) {
            JsonOutput.print(
                    Map.of("models", models.stream().map(ListCommand::json).toList()), console.out());
        } else {
            models.forEach(path -> console.out().printf(Locale.ROOT, "%-28s %s%n", name(path), path));
        }
        return ExitStatus.DONE;
    }

    private static Map<String, String> json(Path path) {
        Map<String, String> model = new LinkedHashMap<>();
        model.put("name", name(path));
        model.put("path", path.toString());
        return model;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
