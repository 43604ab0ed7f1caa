package io.palimpsest.cli;

import io.palimpsest.model.folder.Description;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Traits;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code inspect}: what is in a model folder; reads no weights. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Tells what a model is: its family, its size, its configuration and how it is decoded.")
final class InspectCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A model's name, folder or GGUF file; without it, the one that ships with Palimpsest.")
    private Optional<String> model;

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (ModelFolder folder = Models.folder(Models.find(model.or(common::model)), common)) {
            Map<String, Object> facts = facts(folder.description());
            if (common.json()) {
                JsonOutput.print(facts, console.out());
            } else {
                facts.forEach(this::print);
            }
        }
        return ExitStatus.DONE;
    }

    private void print(String name, Object value) {
        if (value instanceof Map<?, ?> map) {
            console.out().println(name.replace('_', ' ') + ":");
            map.forEach((key, one) -> console.out().printf(Locale.ROOT, "  %-26s %s%n", key, visible(one)));
        } else {
            console.out().printf(Locale.ROOT, "%-28s %s%n", name.replace('_', ' '), visible(value));
        }
    }

    /** A file's text must not reach a terminal as control characters. */
    private static String visible(Object value) {
        return String.valueOf(value).replaceAll("\\p{C}+", "\uFFFD");
    }

    private static Map<String, Object> facts(Description d) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", d.name());
        facts.put("path", d.path());
        facts.put("family", d.family());
        facts.put("parameters", d.parameters());
        facts.put("bytes", d.bytes());
        facts.put("tensor_types", d.types());
        d.adapter().ifPresent(adapter -> facts.put("adapter", adapter));
        facts.put("hidden_positions", d.traits().noise().name().toLowerCase(Locale.ROOT));
        facts.put(
                "attention",
                d.traits().attention().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        facts.put("logit_shift", d.traits().shift());
        facts.put("verified_decoding", d.traits().verifies());
        facts.put("decoding", decoding(d.traits().decoding()));
        facts.put("configuration", d.configuration());
        return facts;
    }

    private static Map<String, Object> decoding(Traits.Decoding decoding) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("strategy", decoding.strategy().label());
        settings.put("source", decoding.strategy().source());
        decoding.blockLength().ifPresent(length -> settings.put("block_length", length));
        settings.put("draft_length", decoding.draftLength());
        decoding.steps().ifPresent(steps -> settings.put("steps", steps));
        if (decoding.strategy().threshold().isPresent()) {
            settings.put("threshold", decoding.threshold());
        }
        settings.put("temperature", decoding.temperature());
        settings.put("top_p", decoding.topP());
        return settings;
    }
}
