package io.palimpsest.cli;

import io.palimpsest.model.hub.ByteSize;
import io.palimpsest.model.hub.Hub;
import io.palimpsest.model.hub.Removed;
import io.palimpsest.model.hub.Repository;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code palimpsest remove}: takes a model out of the cache. */
@Command(
        name = "remove",
        description = "Removes a model from the cache: all of it, or one revision and what only that needs.",
        footer = {"", "With --json: repository, removed (commits), files, freed_bytes."},
        mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {

    private final Console console;
    private final Supplier<Hub> hub;

    @Parameters(paramLabel = "REPO", description = "ORGANISATION/NAME, or ORGANISATION/NAME@REVISION.")
    private String repository;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Mixin
    private CommonOptions common;

    RemoveCommand(Console console) {
        this(console, Hub::system);
    }

    RemoveCommand(Console console, Supplier<Hub> hub) {
        this.console = console;
        this.hub = hub;
    }

    @Override
    public Integer call() {
        Repository unwanted = Repository.parse(repository);
        Hub cache = hub.get();
        Removed planned = cache.wouldRemove(unwanted);
        if (!yes && !agreed(unwanted, planned)) {
            console.err().println("palimpsest: nothing was removed.");
            return ExitStatus.FAILED;
        }
        report(cache.remove(unwanted));
        return ExitStatus.DONE;
    }

    private boolean agreed(Repository unwanted, Removed planned) {
        if (!console.typed()) {
            throw new IllegalArgumentException("removing " + unwanted + " would free " + ByteSize.of(planned.bytes())
                    + "; say --yes, since nobody is here to be asked.");
        }
        console.err().print("Remove " + unwanted + " and free " + ByteSize.of(planned.bytes()) + "? [y/N] ");
        console.err().flush();
        String answer = answer().strip().toLowerCase(Locale.ROOT);
        return answer.equals("y") || answer.equals("yes");
    }

    private String answer() {
        try {
            String line = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void report(Removed removed) {
        if (!common.json()) {
            console.out().println(removed.id() + ": removed, " + ByteSize.of(removed.bytes()) + " freed");
            return;
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("repository", removed.id());
        object.put("removed", removed.commits());
        object.put("files", removed.files());
        object.put("freed_bytes", removed.bytes());
        JsonOutput.print(object, console.out());
    }
}
