package io.palimpsest.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.Gguf;
import io.palimpsest.tensor.file.InvalidFileException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The vocabulary inside a GGUF file, which {@link #tokenizerJson} writes as a Hugging Face {@code tokenizer.json}.
 *
 * <p>Keys {@code tokenizer.ggml.*} as ggml-org/ggml's docs/gguf.md lists them. Byte-level BPE ({@code model = gpt2}) only.
 *
 * @param pre name of the rule that cuts text into words before merging
 * @param tokens pieces by id, in the alphabet of byte-level BPE
 * @param types kind of each token: 1 ordinary, 3 markup, 4 added by the author, 5 unused, 6 byte
 * @param merges pairs of pieces to join, first things first, each {@code "left right"}
 */
public record GgufVocabulary(String pre, List<String> tokens, List<Long> types, List<String> merges) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "tokenizer.ggml.";
    private static final long MARKUP = 3;
    private static final long ADDED = 4;

    private static final String LLAMA3_WORDS =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN2_WORDS = LLAMA3_WORDS.replace("{1,3}", "");
    private static final String BAILING_WORDS =
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    /** How words are cut, and what else goes with it. */
    private record Words(String regex, boolean singleDigits, boolean composed, boolean wholeWords) {}

    private static final Words GPT2 = new Words("", false, false, false);
    private static final Words SMOLLM = new Words("", true, false, false);
    private static final Words LLAMA3 = new Words(LLAMA3_WORDS, false, false, true);
    private static final Words QWEN2 = new Words(QWEN2_WORDS, false, true, false);
    private static final Words BAILING = new Words(BAILING_WORDS, false, false, false);

    private static final Map<String, Words> WORDS = Collections.unmodifiableMap(new TreeMap<>(Map.ofEntries(
            Map.entry("gpt-2", GPT2),
            Map.entry("default", GPT2),
            Map.entry("smollm", SMOLLM),
            Map.entry("llama-bpe", LLAMA3),
            Map.entry("llama3", LLAMA3),
            Map.entry("llama-v3", LLAMA3),
            Map.entry("qwen2", QWEN2),
            Map.entry("bailingmoe", BAILING),
            Map.entry("bailingmoe2", BAILING),
            Map.entry("llada-moe", BAILING))));

    /** Refuses what no tokenizer can be made of. */
    public GgufVocabulary {
        require(
                WORDS.containsKey(pre),
                "tokenizer.ggml.pre is '" + pre + "', but we can cut words as one of " + WORDS.keySet()
                        + ". Put the model's tokenizer.json beside the file instead.");
        require(!tokens.isEmpty(), "tokenizer.ggml.tokens is empty");
        require(
                types.isEmpty() || types.size() == tokens.size(),
                "tokenizer.ggml.token_type should have one entry a token (" + tokens.size() + "), but has "
                        + types.size());
        for (String merge : merges) {
            int space = merge.indexOf(' ');
            require(
                    space > 0 && space == merge.lastIndexOf(' ') && space < merge.length() - 1,
                    "an entry of tokenizer.ggml.merges should be two pieces and a space, but is '" + merge + "'");
        }
        tokens = List.copyOf(tokens);
        types = List.copyOf(types);
        merges = List.copyOf(merges);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Reads the vocabulary of an open GGUF file. */
    public static GgufVocabulary of(Gguf gguf) {
        String model = gguf.string(KEY + "model");
        try {
            require(
                    model.equals("gpt2"),
                    "tokenizer.ggml.model is '" + model + "', but only byte-level BPE ('gpt2') can be read from GGUF."
                            + " Put the model's tokenizer.json beside the file instead.");
            return new GgufVocabulary(
                    gguf.hasKey(KEY + "pre") ? gguf.string(KEY + "pre") : "default",
                    gguf.strings(KEY + "tokens"),
                    gguf.hasKey(KEY + "token_type")
                            ? Arrays.stream(gguf.integers(KEY + "token_type"))
                                    .boxed()
                                    .toList()
                            : List.of(),
                    gguf.strings(KEY + "merges"));
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(gguf.path(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The special tokens that a GGUF file names, as a chat template wants them: {@code bos_token} and so on. */
    public static Map<String, String> specialTokens(Gguf gguf) {
        List<String> tokens = gguf.strings(KEY + "tokens");
        Map<String, String> named = new LinkedHashMap<>();
        Map.of("bos", "bos", "eos", "eos", "unknown", "unk", "padding", "pad", "mask", "mask")
                .forEach((key, name) -> {
                    String id = KEY + key + "_token_id";
                    if (gguf.hasKey(id) && gguf.integer(id) >= 0 && gguf.integer(id) < tokens.size()) {
                        named.put(name + "_token", tokens.get((int) gguf.integer(id)));
                    }
                });
        return named;
    }

    /** The text of a {@code tokenizer.json} with this vocabulary. */
    public String tokenizerJson() {
        ObjectNode tokenizer = JSON.createObjectNode();
        tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
        addTokens(tokenizer.putArray("added_tokens"));
        Words words = WORDS.getOrDefault(pre, GPT2);
        tokenizer.set("normalizer", words.composed() ? type("NFC") : JSON.nullNode());
        tokenizer.set("pre_tokenizer", preTokenizer(words));
        tokenizer.putNull("post_processor");
        tokenizer.set("decoder", byteLevel(true));
        tokenizer.set("model", bpe(words));
        try {
            return JSON.writeValueAsString(tokenizer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree always has a text", e);
        }
    }

    private void addTokens(ArrayNode added) {
        for (int id = 0; id < types.size(); id++) {
            long type = types.get(id);
            if (type == MARKUP || type == ADDED) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", type == MARKUP);
            }
        }
    }

    private static ObjectNode preTokenizer(Words words) {
        if (words.equals(GPT2)) {
            return byteLevel(true);
        }
        ObjectNode sequence = type("Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        if (words.singleDigits()) {
            steps.add(type("Digits").put("individual_digits", true));
        }
        if (!words.regex().isEmpty()) {
            ObjectNode split = type("Split");
            split.putObject("pattern").put("Regex", words.regex());
            steps.add(split.put("behavior", "Isolated").put("invert", false));
        }
        steps.add(byteLevel(words.regex().isEmpty()));
        return sequence;
    }

    private static ObjectNode byteLevel(boolean gpt2Words) {
        return type("ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", gpt2Words);
    }

    private static ObjectNode type(String name) {
        return JSON.createObjectNode().put("type", name);
    }

    private ObjectNode bpe(Words words) {
        ObjectNode model = type("BPE");
        model.putNull("dropout").putNull("unk_token").put("ignore_merges", words.wholeWords());
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocab.put(tokens.get(id), id);
        }
        ArrayNode list = model.putArray("merges");
        merges.forEach(list::add);
        return model;
    }
}
