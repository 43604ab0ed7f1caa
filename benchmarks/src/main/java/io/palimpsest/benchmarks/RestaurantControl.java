package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.training.data.Constituent;
import io.palimpsest.training.data.LabelledText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How often a model of restaurant texts does what is wanted of it, by the rules of Diffusion-LM (arXiv:2205.14217, section 5):
 *
 * <pre>
 * content     a field's value stands in the text, word for word
 * phrase      the same, steered by what the model itself expects and not by a classifier
 * speech      the share of words whose part of speech, by an independent tagger, is the wanted one
 * length      the text has the wanted number of words, give or take 2
 * infilling   what is given before and behind a gap stays; and how many of the missing words come back
 * spans       the text's syntax tree, by a parser, has a constituent of the wanted kind from the wanted word to the wanted word
 * none        texts under no control, to look at
 * all         all but none
 * </pre>
 *
 * <pre>
 * RestaurantControl MODEL HELD-OUT.jsonl.gz OUT.json TASK[=SCALE],.. TARGETS SAMPLES STEPS BATCH CHANCE
 * RestaurantControl judge OUT.json TREES.txt
 * </pre>
 *
 * <p>Spans are judged in two steps: the first command writes {@code OUT.json.sentences.txt}; any parser makes one tree of each of its lines
 * ({@link SyntaxTrees} has the command for one); the second command adds to {@code OUT.json} what these trees say. Each success rate
 * comes with the ends of its 95 % interval.
 */
public final class RestaurantControl {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 5;

    /** Tasks, and how much each is steered where nothing else is asked for. */
    private static final Map<String, Double> SCALES = new LinkedHashMap<>();

    static {
        SCALES.put("content", 60.0);
        SCALES.put("phrase", 2.0);
        SCALES.put("speech", 10.0);
        SCALES.put("length", 0.0);
        SCALES.put("infilling", 0.0);
        SCALES.put("spans", 20.0);
    }

    private RestaurantControl() {}

    public static void main(String[] args) throws IOException {
        if (args[0].equals("judge")) {
            judge(Path.of(args[1]), SyntaxTrees.open(Path.of(args[2])));
        } else {
            write(args);
        }
    }

    private static void write(String[] args) throws IOException {
        SteeredWriter writer = SteeredWriter.open(
                Path.of(args[0]),
                new SteeredWriter.Settings(
                        Integer.parseInt(args[6]), Integer.parseInt(args[7]), Double.parseDouble(args[8])));
        ControlTasks tasks = new ControlTasks(
                writer, LabelledText.read(Path.of(args[1])), Integer.parseInt(args[4]), Integer.parseInt(args[5]));
        Path file = Path.of(args[2]);
        ObjectNode out = JSON.createObjectNode();
        for (String asked : asked(args[3])) {
            String[] parts = asked.split("=", -1);
            double scale = parts.length > 1
                    ? Double.parseDouble(parts[1])
                    : Objects.requireNonNullElse(SCALES.get(parts[0]), 0.0);
            ObjectNode result = out.putObject(parts[0]);
            measure(writer, tasks.of(parts[0]), scale, result);
            print(parts[0], result);
            write(file, out);
        }
        writeSentences(out, file);
    }

    private static List<String> asked(String tasks) {
        return tasks.equals("all") ? List.copyOf(SCALES.keySet()) : Arrays.asList(tasks.split(",", -1));
    }

    private static void write(Path file, ObjectNode out) throws IOException {
        Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(out));
    }

    private static void measure(SteeredWriter writer, List<Trial> trials, double scale, ObjectNode result) {
        long began = System.nanoTime();
        List<String> texts = writer.write(trials, scale);
        result.put("scale", scale).put("samples", texts.size());
        result.put("different", 100.0 * new HashSet<>(texts).size() / texts.size());
        result.put("seconds", (System.nanoTime() - began) / 1e9);
        Outcomes outcomes = new Outcomes();
        for (int i = 0; i < texts.size(); i++) {
            Trial trial = trials.get(i);
            outcomes.add(trial.target(), trial.judge().of(texts.get(i)));
            trial.constituent().ifPresent(c -> c.addTo(result.withArray("/constituents")));
        }
        outcomes.into(result);
        texts.forEach(result.putArray("texts")::add);
    }

    private static void writeSentences(ObjectNode out, Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        out.forEach(result -> {
            if (result.has("constituents")) {
                result.path("texts").forEach(text -> texts.add(text.asText()));
            }
        });
        if (!texts.isEmpty()) {
            SyntaxTrees.writeSentences(texts, file.resolveSibling(file.getFileName() + ".sentences.txt"));
        }
    }

    private static void judge(Path file, SyntaxTrees trees) throws IOException {
        ObjectNode out = (ObjectNode) JSON.readTree(file.toFile());
        out.properties().forEach(task -> {
            if (task.getValue().has("constituents")) {
                judge((ObjectNode) task.getValue(), trees);
                print(task.getKey(), (ObjectNode) task.getValue());
            }
        });
        trees.requireEnd();
        write(file, out);
    }

    private static void judge(ObjectNode result, SyntaxTrees trees) {
        Outcomes outcomes = new Outcomes();
        ArrayNode texts = (ArrayNode) result.path("texts");
        for (int i = 0; i < texts.size(); i++) {
            Constituent wanted = Constituent.of(result.path("constituents").path(i));
            List<Constituent> found = trees.next(texts.path(i).asText());
            boolean bounded = found.stream().anyMatch(c -> c.from() == wanted.from() && c.to() == wanted.to());
            outcomes.add(
                    wanted.label(),
                    Map.of(Trial.SUCCESS, found.contains(wanted) ? 1.0 : 0.0, "of_any_kind", bounded ? 1.0 : 0.0));
        }
        outcomes.into(result);
    }

    private static void print(String task, ObjectNode result) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-10s", task));
        result.properties().forEach(field -> {
            if (field.getValue().isNumber()) {
                line.append(String.format(
                        Locale.ROOT,
                        "  %s %.1f",
                        field.getKey(),
                        field.getValue().doubleValue()));
            }
        });
        System.out.println(line);
        for (int i = 0; i < Math.min(SHOWN, result.path("texts").size()); i++) {
            System.out.println("    " + result.path("texts").path(i).asText());
        }
    }
}
