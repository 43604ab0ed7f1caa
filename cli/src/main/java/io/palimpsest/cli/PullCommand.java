package io.palimpsest.cli;

import io.palimpsest.model.hub.ByteSize;
import io.palimpsest.model.hub.Hub;
import io.palimpsest.model.hub.PullListener;
import io.palimpsest.model.hub.Pulled;
import io.palimpsest.model.hub.Repository;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code palimpsest pull}: fetches a published model into the cache that Python's tools share. */
@Command(
        name = "pull",
        description = {
            "Fetches a published model: configuration, tokenizer and weights, never code.",
            "What was interrupted goes on where it stopped; what is here already is not fetched again."
        },
        footer = {
            "",
            "Environment: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_HUB_OFFLINE, as for huggingface_hub.",
            "With --json: repository, revision, commit, path, files, bytes, fetched_bytes, left_out, seconds."
        },
        mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {

    private final Console console;
    private final Supplier<Hub> hub;

    @Parameters(
            paramLabel = "REPO",
            description = "ORGANISATION/NAME, or ORGANISATION/NAME@REVISION for a branch, a tag or a commit.")
    private String repository;

    @Option(
            names = "--file",
            paramLabel = "NAME",
            description = "The weights to take where there are several: a file's name, or a part of it such as Q4_K_M.")
    private Optional<String> file;

    @Mixin
    private CommonOptions common;

    PullCommand(Console console) {
        this(console, Hub::system);
    }

    PullCommand(Console console, Supplier<Hub> hub) {
        this.console = console;
        this.hub = hub;
    }

    @Override
    public Integer call() {
        Repository wanted = Repository.parse(repository);
        long began = System.nanoTime();
        Pulled pulled =
                common.quiet() || common.json() ? hub.get().pull(wanted, file, PullListener.NONE) : pullWithBar(wanted);
        if (common.json()) {
            JsonOutput.print(json(pulled, (System.nanoTime() - began) / 1e9), console.out());
        } else {
            report(pulled);
        }
        return ExitStatus.DONE;
    }

    private Pulled pullWithBar(Repository wanted) {
        DownloadBar bar = new DownloadBar(console.err(), console.progress(), System::nanoTime);
        Thread interrupted = new Thread(() -> sayInterrupted(bar));
        Runtime.getRuntime().addShutdownHook(interrupted);
        try (bar) {
            return hub.get().pull(wanted, file, bar);
        } finally {
            forget(interrupted);
        }
    }

    /** Control-C: the JVM ends, and what has arrived stays. */
    private void sayInterrupted(DownloadBar bar) {
        bar.close();
        console.err().println("palimpsest: interrupted. " + bar.soFar() + "the same command goes on from there.");
        console.err().flush();
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already, and the hook has run.
            return;
        }
    }

    private void report(Pulled pulled) {
        String what = pulled.fetched() > 0 ? ByteSize.of(pulled.fetched()) + " fetched" : "nothing to fetch";
        if (!common.quiet()) {
            leftOut(pulled).forEach(line -> console.err().println(line));
        }
        console.out()
                .println(pulled.repository() + ": " + pulled.files().size() + " files, "
                        + ByteSize.of(pulled.bytes()) + " (" + what + "), commit "
                        + pulled.commit().substring(0, 12));
        console.out().println(pulled.model());
    }

    /** One line for each reason. */
    private static List<String> leftOut(Pulled pulled) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        pulled.leftOut()
                .forEach((name, reason) -> byReason.computeIfAbsent(reason, key -> new ArrayList<>())
                        .add(name));
        List<String> lines = new ArrayList<>();
        byReason.forEach((reason, names) -> lines.add("left out (" + reason + "): " + few(names)));
        return lines;
    }

    private static String few(List<String> names) {
        int shown = Math.min(names.size(), 5);
        String first = String.join(", ", names.subList(0, shown));
        return names.size() == shown ? first : first + " and " + (names.size() - shown) + " more";
    }

    private static Map<String, Object> json(Pulled pulled, double seconds) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("repository", pulled.repository().id());
        object.put("revision", pulled.repository().revision());
        object.put("commit", pulled.commit());
        object.put("path", pulled.model().toString());
        object.put("files", pulled.files());
        object.put("bytes", pulled.bytes());
        object.put("fetched_bytes", pulled.fetched());
        object.put("left_out", pulled.leftOut());
        object.put("seconds", seconds);
        return object;
    }
}
