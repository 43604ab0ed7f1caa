package io.palimpsest.training.scratch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.tokenizer.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;

/**
 * A vocabulary of whole words for texts of a narrow kind: those that occur often enough, each with the space before it, so that ids say
 * exactly how a text is spelt. What comes out is a {@code tokenizer.json}.
 */
public final class WordVocabulary {

    /** What stands for any other word. */
    public static final String UNKNOWN = "<unk>";

    /** Begins every text. */
    public static final String START = "<start>";

    /** Ends every text. */
    public static final String END = "<end>";

    /** Stands behind the end. */
    public static final String PADDING = "<pad>";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Long> found = new TreeMap<>(); // sorted: words that are as frequent have one order

    /** The words that {@code text} is made of. */
    public static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = BytePairs.WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    /** Takes in a text. */
    public void add(String text) {
        words(text).forEach(word -> found.merge(word, 1L, Long::sum));
    }

    /**
     * The text of a {@code tokenizer.json}: the unknown word, the words from frequent to rare, then start, end and padding.
     *
     * @param least how often a word must have been seen
     */
    public String learn(int least) {
        List<String> kept = found.entrySet().stream()
                .filter(entry -> entry.getValue() >= least)
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
        return json(kept).toString();
    }

    private static ObjectNode json(List<String> words) {
        ObjectNode json = JSON.createObjectNode().put("version", "1.0");
        json.putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        int next = words.size() + 1;
        for (String special : List.of(START, END, PADDING)) {
            added.addObject()
                    .put("id", next++)
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        json.putNull("normalizer");
        BytePairs.byteLevel(json.putObject("pre_tokenizer"), false);
        json.putNull("post_processor");
        BytePairs.byteLevel(json.putObject("decoder"), true);
        ObjectNode model = json.putObject("model").put("type", "WordLevel").put("unk_token", UNKNOWN);
        ObjectNode vocabulary = model.putObject("vocab").put(UNKNOWN, 0);
        words.forEach(word -> vocabulary.put(letters(word), vocabulary.size()));
        return json;
    }

    private static String letters(String word) {
        StringBuilder letters = new StringBuilder();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            letters.append(ByteAlphabet.letter(b & 0xFF));
        }
        return letters.toString();
    }
}
