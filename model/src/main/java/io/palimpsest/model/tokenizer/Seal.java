package io.palimpsest.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Gives each special token a second spelling that nobody can guess, and takes its public spelling away.
 *
 * <p>A tokenizer recognises its added tokens wherever they are spelled. In a sealed tokenizer {@code <|im_end|>} is seven
 * ordinary pieces; only {@link #close} turns the public spelling of trusted text into the secret one, which is recognised.
 * All else (normaliser, pre-tokenizer, merges, where text is cut) stays as it was, so closed text has the ids it would
 * have had in the original tokenizer.
 */
final class Seal {

    private final String nonce = UUID.randomUUID().toString().replace("-", "");
    private final Map<String, String> secretOf = new LinkedHashMap<>();
    private final Map<String, String> spellingOf = new HashMap<>();
    private final Pattern spellings;
    private final Pattern secrets = Pattern.compile(Pattern.quote("<|" + nonce) + "\\.\\d+\\|>");

    Seal(Vocabulary vocabulary) {
        vocabulary.special().forEach((id, spelling) -> {
            String secret = "<|" + nonce + "." + id + "|>";
            secretOf.put(spelling, secret);
            spellingOf.put(secret, spelling);
        });
        this.spellings = anyOf(vocabulary);
    }

    /** Matches any special token's public spelling, or nothing if there is none. */
    static Pattern anyOf(Vocabulary vocabulary) {
        String any = vocabulary.spellings().stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return Pattern.compile(any.isEmpty() ? "(?!)" : any);
    }

    /** Rewrites a {@code tokenizer.json} so that it recognises the secret spellings only; also never pads or truncates. */
    void apply(ObjectNode tokenizer) {
        tokenizer.putNull("truncation").putNull("padding");
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("special").asBoolean()) {
                rename((ObjectNode) added, "content");
            }
        }
        if (tokenizer.path("model") instanceof ObjectNode model) {
            rename(model, "unk_token");
            renameVocabulary(model);
        }
    }

    private void rename(ObjectNode node, String field) {
        String secret = secretOf.get(node.path(field).asText());
        if (secret != null) {
            node.put(field, secret);
        }
    }

    private void renameVocabulary(ObjectNode model) {
        if (model.path("vocab") instanceof ObjectNode vocab) {
            secretOf.forEach((spelling, secret) -> {
                JsonNode id = vocab.remove(spelling);
                if (id != null) {
                    vocab.set(secret, id);
                }
            });
            return;
        }
        for (JsonNode scored : model.path("vocab")) {
            String secret = secretOf.get(scored.path(0).asText());
            if (secret != null) {
                ((ArrayNode) scored).set(0, secret);
            }
        }
    }

    /** The secret spelling of each special token, by its public one. */
    Map<String, String> secrets() {
        return secretOf;
    }

    /** Turns public spellings of special tokens into secret ones: for text whose markup is trusted. */
    String close(String text) {
        return spellings.matcher(text).replaceAll(match -> Matcher.quoteReplacement(secret(match.group())));
    }

    private String secret(String spelling) {
        return secretOf.getOrDefault(spelling, spelling);
    }

    /** Turns secret spellings back into public ones: for decoded text. */
    String open(String text) {
        return secrets.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(spellingOf.getOrDefault(match.group(), "")));
    }
}
