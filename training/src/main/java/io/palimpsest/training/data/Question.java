package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A question with answers to choose from.
 *
 * @param question what is asked
 * @param choices the answers, at least two
 * @param answer the index of the right one
 */
public record Question(String question, List<String> choices, int answer) {

    private static final List<String> QUESTION = List.of("question", "query", "ctx");
    private static final List<String> CHOICES = List.of("choices", "endings");
    private static final List<String> ANSWER = List.of("answer", "answerKey", "gold", "label");

    public Question {
        choices = List.copyOf(choices);
        if (choices.size() < 2 || answer < 0 || answer >= choices.size()) {
            throw new IllegalArgumentException(
                    "a question needs at least two choices and the index of the right one; got " + choices.size()
                            + " choices and index " + answer);
        }
    }

    /**
     * The questions of a file of JSON lines or Parquet: {@code question}, {@code choices} and {@code answer}, or the names
     * that the data sets of lm-eval have ({@code query} or {@code ctx}; {@code endings}, or {@code choices} with {@code text}
     * and {@code label}; {@code answerKey}, {@code gold} or {@code label}). The answer is an index from 0, a label, the letter
     * of a choice, or its text.
     */
    public static List<Question> read(Path file) {
        List<Question> questions = new ArrayList<>();
        List<String> also = Stream.of(CHOICES, ANSWER).flatMap(List::stream).toList();
        for (JsonNode line : TextFiles.readJson(file, new TextFiles.Keys(QUESTION, also))) {
            questions.add(of(file, questions.size() + 1, line));
        }
        if (questions.isEmpty()) {
            throw new InvalidFileException(file, "holds no questions");
        }
        return questions;
    }

    private static Question of(Path file, int number, JsonNode line) {
        String question = find(line, QUESTION).map(JsonNode::asText).orElseThrow(() -> missing(file, number, QUESTION));
        JsonNode all = find(line, CHOICES).orElseThrow(() -> missing(file, number, CHOICES));
        JsonNode right = find(line, ANSWER).orElseThrow(() -> missing(file, number, ANSWER));
        List<String> choices = texts(all.has("text") ? all.path("text") : all);
        int answer = index(right, choices, texts(all.path("label")));
        boolean blank = choices.stream().anyMatch(String::isBlank);
        if (blank || choices.size() < 2 || answer < 0 || answer >= choices.size()) {
            throw new InvalidFileException(
                    file,
                    "line " + number
                            + ": the answer should be one of at least two choices that are not empty, by its index from 0, label,"
                            + " letter or text, but is '" + right.asText() + "' of " + choices);
        }
        return new Question(question, choices, answer);
    }

    private static Optional<JsonNode> find(JsonNode line, List<String> names) {
        return names.stream().filter(line::has).<JsonNode>map(line::path).findFirst();
    }

    private static InvalidFileException missing(Path file, int number, List<String> names) {
        return new InvalidFileException(file, "line " + number + " has no '" + String.join("' or '", names) + "'");
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static int index(JsonNode answer, List<String> choices, List<String> labels) {
        if (answer.isIntegralNumber()) {
            return answer.asInt();
        }
        String text = answer.asText();
        List<String> letters = IntStream.range(0, choices.size())
                .mapToObj(i -> String.valueOf((char) ('A' + i)))
                .toList();
        List<String> digits =
                IntStream.range(0, choices.size()).mapToObj(String::valueOf).toList();
        return Stream.of(labels, choices, letters, digits)
                .mapToInt(names -> names.indexOf(text))
                .filter(i -> i >= 0)
                .findFirst()
                .orElse(-1);
    }
}
