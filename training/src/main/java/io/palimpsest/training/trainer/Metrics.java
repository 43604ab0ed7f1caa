package io.palimpsest.training.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The history of a run, one JSON object a line: {@code {"step", "targets", "loss", "mean_loss", "accuracy", "norm",
 * "learning_rate", "targets_per_second"}}, and {@code {"step", "targets", "held_out_loss", "held_out_accuracy",
 * "held_out_accuracy_given"}} where held-out examples were measured; {@code "cpu_seconds"} is what the process has used.
 */
public final class Metrics {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    public Metrics(Path file) {
        this.file = file;
    }

    /** Forgets what came after {@code step}, which a resumed run will make again. */
    void rewindTo(int step) {
        List<String> kept = read().stream()
                .filter(line -> line.path("step").asInt() <= step)
                .map(JsonNode::toString)
                .toList();
        try {
            Path part = file.resolveSibling("." + file.getFileName() + ".part");
            Files.write(part, kept);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    void add(TrainingListener.Report r) {
        ObjectNode line = line(r.step(), r.targets());
        line.put("loss", r.loss());
        line.put("mean_loss", r.meanLoss());
        put(line.putArray("accuracy"), r.accuracy());
        line.put("norm", r.norm());
        line.put("learning_rate", r.learningRate());
        line.put("targets_per_second", Math.round(r.targetsPerSecond()));
        append(line);
    }

    void add(int step, long targets, HeldOut.Measured m) {
        ObjectNode line = line(step, targets);
        line.put("held_out_loss", m.loss());
        put(line.putArray("held_out_accuracy"), m.accuracy());
        put(line.putArray("held_out_accuracy_given"), m.accuracyGiven());
        append(line);
    }

    private static ObjectNode line(int step, long targets) {
        return JSON.createObjectNode().put("step", step).put("targets", targets).put("cpu_seconds", cpuSeconds());
    }

    private static long cpuSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toSeconds)
                .orElse(0L);
    }

    private static void put(ArrayNode array, double[] values) {
        for (double value : values) {
            if (Double.isNaN(value)) {
                array.addNull();
            } else {
                array.add(Math.round(value * 1e4) / 1e4);
            }
        }
    }

    private void append(ObjectNode line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    /** The lines so far; one that a kill cut short is left out. */
    public List<JsonNode> read() {
        List<JsonNode> lines = new ArrayList<>();
        try {
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    parse(line, lines);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
        return lines;
    }

    /** How many tokens have been predicted. */
    public long targets() {
        return read().stream()
                .mapToLong(line -> line.path("targets").asLong())
                .max()
                .orElse(0);
    }

    private static void parse(String line, List<JsonNode> lines) {
        try {
            lines.add(JSON.readTree(line));
        } catch (JsonProcessingException e) {
            // the line a kill cut short; the run goes on from before it
        }
    }
}
