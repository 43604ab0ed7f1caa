package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the base model is asked, so that its answers can be learnt from. */
public final class Prompts {

    private Prompts() {}

    /**
     * The mix of a recipe, shuffled.
     *
     * @param file JSON lines with {@code prompt} and {@code kind}
     * @param quotas how many prompts of each kind
     * @param mostWords longer prompts are left out
     * @param templateRounds how many times all of {@link #templates} are added
     */
    public static List<String> mixed(
            Path file, Map<String, Integer> quotas, int mostWords, int templateRounds, Seed seed) {
        Map<String, List<String>> byKind = byKind(file, mostWords);
        List<String> mix = new ArrayList<>();
        new TreeMap<>(quotas).forEach((kind, quota) -> {
            List<String> all = byKind.get(kind);
            if (all == null) {
                throw new InvalidFileException(
                        file, "has no prompts of kind '" + kind + "'; it has " + byKind.keySet());
            }
            mix.addAll(shuffled(all, seed.child(kind.hashCode())).subList(0, Math.min(quota, all.size())));
        });
        for (int i = 0; i < templateRounds; i++) {
            mix.addAll(templates());
        }
        return shuffled(mix, seed);
    }

    private static Map<String, List<String>> byKind(Path file, int mostWords) {
        Map<String, List<String>> byKind = new TreeMap<>();
        for (JsonNode line :
                TextFiles.readJson(file, TextFiles.Keys.oneOf("prompt").also("kind"))) {
            String prompt = line.path("prompt").asText();
            if (!prompt.isBlank() && prompt.strip().split("\\s+").length <= mostWords) {
                byKind.computeIfAbsent(line.path("kind").asText(), k -> new ArrayList<>())
                        .add(prompt);
            }
        }
        return byKind;
    }

    /** Stories, poems, letters, explanations and advice: each of our templates with each of its topics. */
    public static List<String> templates() {
        List<String> all = new ArrayList<>();
        for (JsonNode group : templateGroups()) {
            for (JsonNode topic : group.path("topics")) {
                for (JsonNode template : group.path("templates")) {
                    all.add(template.asText().replace("{}", topic.asText()));
                }
            }
        }
        return all;
    }

    private static JsonNode templateGroups() {
        try (InputStream in = Prompts.class.getResourceAsStream("prompt-templates.json")) {
            if (in == null) {
                throw new IllegalStateException("prompt-templates.json is missing from the jar");
            }
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> shuffled(List<String> items, Seed seed) {
        List<String> out = new ArrayList<>(items);
        for (int i = out.size() - 1; i > 0; i--) {
            out.set(i, out.set(seed.below(i + 1), out.get(i)));
        }
        return out;
    }
}
