package io.palimpsest.cli;

import io.palimpsest.model.hub.ByteSize;
import io.palimpsest.model.hub.CachedModel;
import io.palimpsest.model.hub.Hub;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code list}: the models that have a name, and those that were pulled. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the models that --model knows by name, and those that were pulled.",
        footer = {
            "",
            "With --json: models, each with name and path; those from a hub also with commit, revisions, bytes, complete."
        })
final class ListCommand implements Callable<Integer> {

    private final Console console;
    private final Supplier<Hub> hub;

    @Mixin
    private CommonOptions common;

    ListCommand(Console console) {
        this(console, Hub::system);
    }

    ListCommand(Console console, Supplier<Hub> hub) {
        this.console = console;
        this.hub = hub;
    }

    @Override
    public Integer call() {
        List<Path> named = Models.all();
        List<CachedModel> pulled = hub.get().cached();
        if (common.json()) {
            List<Map<String, Object>> models = new ArrayList<>();
            named.forEach(path -> models.add(json(name(path), path)));
            pulled.forEach(model -> models.add(json(model)));
            JsonOutput.print(Map.of("models", models), console.out());
        } else {
            named.forEach(path -> print(name(path), path.toString()));
            pulled.forEach(model -> print(name(model), about(model)));
        }
        return ExitStatus.DONE;
    }

    private void print(String name, String about) {
        console.out().printf(Locale.ROOT, "%-28s %s%n", name, about);
    }

    private static Map<String, Object> json(String name, Path path) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("name", name);
        model.put("path", path.toString());
        return model;
    }

    private static Map<String, Object> json(CachedModel pulled) {
        Map<String, Object> model = json(name(pulled), pulled.model());
        model.put("commit", pulled.commit());
        model.put("revisions", pulled.revisions());
        model.put("bytes", pulled.bytes());
        model.put("complete", pulled.complete());
        return model;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** What {@code --model} takes: the repository, with what tells this revision from the main branch. */
    private static String name(CachedModel model) {
        if (model.revisions().contains("main")) {
            return model.id();
        }
        return model.id() + "@"
                + (model.revisions().isEmpty()
                        ? model.commit().substring(0, 12)
                        : model.revisions().get(0));
    }

    private static String about(CachedModel model) {
        String size = ByteSize.of(model.bytes());
        return model.complete()
                ? size + ", " + model.model()
                : size + ", not complete; 'palimpsest pull " + name(model)
                        + "' fetches the rest if it is a language model";
    }
}
