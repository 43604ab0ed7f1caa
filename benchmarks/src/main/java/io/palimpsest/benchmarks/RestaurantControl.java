package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.training.data.LabelledText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often a model of restaurant texts does what is wanted of it, by the rules of Diffusion-LM (arXiv:2205.14217, section 5):
 *
 * <pre>
 * content     a field's value stands in the text, word for word
 * phrase      the same, steered by what the model itself expects and not by a classifier
 * speech      the share of words whose part of speech, by an independent tagger, is the wanted one
 * length      the text has the wanted number of words, give or take 2
 * infilling   what is given before and behind a gap stays; and how many of the missing words come back
 * none        texts under no control, to look at
 * </pre>
 *
 * <pre>RestaurantControl MODEL HELD-OUT.jsonl.gz OUT.json TASK=SCALE,.. TARGETS SAMPLES STEPS BATCH CHANCE</pre>
 */
public final class RestaurantControl {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 5;

    private RestaurantControl() {}

    public static void main(String[] args) throws IOException {
        SteeredWriter writer = SteeredWriter.open(
                Path.of(args[0]),
                new SteeredWriter.Settings(
                        Integer.parseInt(args[6]), Integer.parseInt(args[7]), Double.parseDouble(args[8])));
        ControlTasks tasks = new ControlTasks(
                writer, LabelledText.read(Path.of(args[1])), Integer.parseInt(args[4]), Integer.parseInt(args[5]));
        ObjectNode out = JSON.createObjectNode();
        for (String task : args[3].split(",", -1)) {
            String[] parts = task.split("=", -1);
            ObjectNode result = out.putObject(parts[0]);
            measure(writer, tasks.of(parts[0]), parts.length > 1 ? Double.parseDouble(parts[1]) : 0, result);
            print(parts[0], result);
            Files.writeString(
                    Path.of(args[2]), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(out));
        }
    }

    private static void measure(SteeredWriter writer, List<Trial> trials, double scale, ObjectNode result) {
        long began = System.nanoTime();
        List<String> texts = writer.write(trials, scale);
        result.put("scale", scale).put("samples", texts.size());
        result.put("different", 100.0 * new HashSet<>(texts).size() / texts.size());
        result.put("seconds", (System.nanoTime() - began) / 1e9);
        Map<String, double[]> measures = new TreeMap<>();
        Map<String, double[]> targets = new LinkedHashMap<>();
        ArrayNode list = result.putArray("texts");
        for (int i = 0; i < texts.size(); i++) {
            Trial trial = trials.get(i);
            trial.judge().of(texts.get(i)).forEach((name, value) -> {
                add(measures, name, value);
                if (name.equals(Trial.SUCCESS)) {
                    add(targets, trial.target(), value);
                }
            });
            list.add(texts.get(i));
        }
        measures.forEach((name, sum) -> result.put(name, 100 * sum[0] / sum[1]));
        ObjectNode each = result.putObject("targets");
        targets.forEach((name, sum) -> each.put(name, 100 * sum[0] / sum[1]));
    }

    private static void add(Map<String, double[]> sums, String name, double value) {
        double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
        sum[0] += value;
        sum[1]++;
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
