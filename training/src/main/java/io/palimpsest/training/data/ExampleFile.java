package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Examples as text, one a line: the first learnt position, then the token ids, separated by spaces; or a JSON object with
 * {@code start} and {@code ids}. A file can be appended to, cut and counted with any tool; a last line without its end was
 * cut by a kill and is skipped.
 */
public final class ExampleFile {

    /** What is left to learn of an example that is cut must be worth a pass. */
    private static final int FEWEST_LEARNT = 4;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ExampleFile() {}

    /** The examples of a file, each cut to {@code longest} tokens; those with too little to learn are left out. */
    public static List<Example> read(Path file, int longest) {
        List<String> lines = completeLines(file);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            int[] numbers = numbers(file, i + 1, lines.get(i));
            int[] ids = Arrays.copyOfRange(numbers, 1, Math.min(numbers.length, longest + 1));
            if (ids.length >= numbers[0] + FEWEST_LEARNT) {
                examples.add(new Example(ids, numbers[0]));
            }
        }
        return examples;
    }

    /** The lines that have been written to their end; none where there is no file. */
    public static List<String> completeLines(Path file) {
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            String text = Files.readString(file);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** An example as a line, without its end. */
    public static String line(Example example) {
        return IntStream.concat(IntStream.of(example.start()), Arrays.stream(example.ids()))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(" "));
    }

    /** Writes all examples, beside the file's place first. */
    public static void write(Path file, List<Example> examples) {
        try {
            Path part = file.resolveSibling("." + file.getFileName() + ".part");
            Files.write(part, examples.stream().map(ExampleFile::line).toList());
            Files.move(part, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    private static int[] numbers(Path file, int number, String line) {
        try {
            int[] all = line.startsWith("{") ? ofJson(line) : ofText(line);
            if (all.length < 3 || all[0] < 1 || Arrays.stream(all).anyMatch(id -> id < 0)) {
                throw new NumberFormatException();
            }
            return all;
        } catch (NumberFormatException | JsonProcessingException e) {
            throw new InvalidFileException(
                    file,
                    "line " + number
                            + " should be the first learnt position (at least 1) and then token ids, whole numbers"
                            + " separated by single spaces, or a JSON object with start and ids",
                    e);
        }
    }

    private static int[] ofText(String line) {
        return Arrays.stream(line.strip().split(" "))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private static int[] ofJson(String line) throws JsonProcessingException {
        JsonNode json = JSON.readTree(line);
        IntStream ids =
                StreamSupport.stream(json.path("ids").spliterator(), false).mapToInt(id -> id.asInt(-1));
        return IntStream.concat(IntStream.of(json.path("start").asInt()), ids).toArray();
    }
}
