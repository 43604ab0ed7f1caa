package io.palimpsest.training.scratch;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.tokenizer.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a vocabulary from text: byte pair encoding over bytes (Sennrich et al., arXiv:1508.07909; GPT-2, Radford et al. 2019).
 *
 * <p>From single bytes on, the commonest pair of neighbours inside words becomes a token, again and again. What comes out is a
 * {@code tokenizer.json}, whose last token is {@link #BOUNDARY}.
 */
public final class BytePairs {

    /** The token between documents. */
    public static final String BOUNDARY = "<|endoftext|>";

    private static final int BYTES = 256;

    /** How GPT-2's tokenizer cuts text into words. */
    static final Pattern WORD =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A word of the text as tokens so far, and how often it occurs. */
    private static final class Word {
        private int[] tokens;
        private final long count;

        Word(byte[] bytes, long count) {
            tokens = new int[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                tokens[i] = bytes[i] & 0xFF;
            }
            this.count = count;
        }
    }

    /** Two neighbouring tokens. */
    private record Pair(int left, int right) {}

    private final List<Word> words = new ArrayList<>();
    private final Map<Pair, Long> counts = new HashMap<>();
    private final Map<Pair, TreeSet<Integer>> places = new HashMap<>();
    private final List<String> tokens = new ArrayList<>();
    private final List<Pair> merges = new ArrayList<>();

    private final Map<String, Long> found = new TreeMap<>(); // sorted: the order in which texts come does not matter

    /** Takes in a piece of text. */
    public void add(String text) {
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            found.merge(matcher.group(), 1L, Long::sum);
        }
    }

    /**
     * Learns from everything taken in, once.
     *
     * @param size the number of tokens, {@link #BOUNDARY} among them
     * @return the text of a {@code tokenizer.json}; with fewer tokens where the text has no more pairs
     */
    public String learn(int size) {
        if (size <= BYTES) {
            throw new IllegalArgumentException("a vocabulary needs more than " + BYTES + " tokens; got " + size);
        }
        begin();
        while (tokens.size() < size - 1 && !counts.isEmpty()) {
            merge(commonest());
        }
        return json().toString();
    }

    private void begin() {
        found.forEach((word, count) -> words.add(new Word(word.getBytes(StandardCharsets.UTF_8), count)));
        for (int value = 0; value < BYTES; value++) {
            tokens.add(String.valueOf(ByteAlphabet.letter(value)));
        }
        for (int i = 0; i < words.size(); i++) {
            count(i, 1);
        }
    }

    private Pair commonest() {
        Pair best = null;
        long most = -1;
        for (Map.Entry<Pair, Long> entry : counts.entrySet()) {
            long count = entry.getValue();
            if (count > most || (count == most && best != null && isBefore(entry.getKey(), best))) {
                best = entry.getKey();
                most = count;
            }
        }
        return requireNonNull(best);
    }

    private static boolean isBefore(Pair a, Pair b) {
        return a.left != b.left ? a.left < b.left : a.right < b.right;
    }

    private void merge(Pair pair) {
        int token = tokens.size();
        tokens.add(tokens.get(pair.left) + tokens.get(pair.right));
        merges.add(pair);
        for (int i : List.copyOf(places.getOrDefault(pair, new TreeSet<>()))) {
            count(i, -1);
            words.get(i).tokens = merged(words.get(i).tokens, pair, token);
            count(i, 1);
        }
    }

    private static int[] merged(int[] tokens, Pair pair, int token) {
        int[] out = new int[tokens.length];
        int length = 0;
        for (int i = 0; i < tokens.length; i++) {
            boolean found = tokens[i] == pair.left && i + 1 < tokens.length && tokens[i + 1] == pair.right;
            out[length++] = found ? token : tokens[i];
            i += found ? 1 : 0;
        }
        return Arrays.copyOf(out, length);
    }

    /** Counts the pairs of word {@code i} in, or out again. */
    private void count(int i, int sign) {
        Word word = words.get(i);
        for (int at = 0; at + 1 < word.tokens.length; at++) {
            Pair pair = new Pair(word.tokens[at], word.tokens[at + 1]);
            long left = counts.merge(pair, sign * word.count, Long::sum);
            if (left == 0) {
                counts.remove(pair);
                places.remove(pair);
            } else if (sign > 0) {
                places.computeIfAbsent(pair, p -> new TreeSet<>()).add(i);
            }
        }
    }

    private ObjectNode json() {
        ObjectNode json = JSON.createObjectNode().put("version", "1.0");
        json.putNull("truncation").putNull("padding");
        json.putArray("added_tokens")
                .addObject()
                .put("id", tokens.size())
                .put("content", BOUNDARY)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        json.putNull("normalizer");
        byteLevel(json.putObject("pre_tokenizer"), false);
        json.putNull("post_processor");
        byteLevel(json.putObject("decoder"), true);
        ObjectNode model = json.putObject("model").put("type", "BPE");
        model.putNull("dropout").putNull("unk_token").put("byte_fallback", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        ArrayNode list = model.putArray("merges");
        merges.forEach(pair -> list.add(tokens.get(pair.left) + " " + tokens.get(pair.right)));
        return json;
    }

    static void byteLevel(ObjectNode part, boolean prefix) {
        part.put("type", "ByteLevel")
                .put("add_prefix_space", prefix)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }
}
