package io.palimpsest.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The pieces of a {@code tokenizer.json} by id, with those its author added and those of them that are markup. */
final class Vocabulary {

    private final Map<String, Integer> ids = new HashMap<>();
    private final TreeMap<Integer, String> special = new TreeMap<>();
    private final @Nullable String[] pieces;
    private final boolean byteLevel;

    private Vocabulary(Map<Integer, String> pieceOf, boolean byteLevel, Map<Integer, String> special) {
        int size = pieceOf.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
        this.pieces = new String[size];
        this.byteLevel = byteLevel;
        this.special.putAll(special);
        pieceOf.forEach((id, piece) -> {
            pieces[id] = piece;
            ids.put(piece, id);
        });
    }

    /** Reads the vocabulary of a parsed {@code tokenizer.json}. */
    static Vocabulary of(JsonNode tokenizer) {
        JsonNode vocab = tokenizer.path("model").path("vocab");
        require(vocab.isObject() || vocab.isArray(), "tokenizer.json should have model.vocab, but has none");
        Map<Integer, String> pieceOf = new HashMap<>();
        if (vocab.isObject()) {
            vocab.properties().forEach(entry -> put(pieceOf, entry.getValue(), entry.getKey()));
        } else {
            for (int id = 0; id < vocab.size(); id++) {
                pieceOf.put(id, vocab.get(id).path(0).asText());
            }
        }
        Map<Integer, String> special = new TreeMap<>();
        for (JsonNode added : tokenizer.path("added_tokens")) {
            put(pieceOf, added.path("id"), added.path("content").asText());
            if (added.path("special").asBoolean()) {
                special.put(added.path("id").intValue(), added.path("content").asText());
            }
        }
        return new Vocabulary(pieceOf, isByteLevel(tokenizer.path("decoder")), special);
    }

    private static void put(Map<Integer, String> pieceOf, JsonNode id, String piece) {
        require(id.isInt() && id.intValue() >= 0, "the id of '" + piece + "' should be a whole number, but is " + id);
        require(id.intValue() < 1 << 24, "the id of '" + piece + "' is " + id + ", beyond any known vocabulary");
        pieceOf.put(id.intValue(), piece);
    }

    private static boolean isByteLevel(JsonNode decoder) {
        return decoder.path("type").asText().equals("ByteLevel");
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** One more than the highest id. */
    int size() {
        return pieces.length;
    }

    /** The id of a piece as the file spells it. */
    OptionalInt id(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The piece of an id as the file spells it, or null for an id without one. */
    @Nullable
    String piece(int id) {
        return id >= 0 && id < pieces.length ? pieces[id] : null;
    }

    boolean isByteLevel() {
        return byteLevel;
    }

    boolean isSpecial(int id) {
        return special.containsKey(id);
    }

    /** The markup: id to spelling. */
    Map<Integer, String> special() {
        return Collections.unmodifiableMap(special);
    }

    Set<Integer> specialIds() {
        return Collections.unmodifiableSet(new TreeSet<>(special.keySet()));
    }

    /** The markup's spellings, longest first, so that a longer one wins over its own beginning. */
    List<String> spellings() {
        List<String> spellings = new ArrayList<>(special.values());
        spellings.sort((a, b) -> b.length() - a.length());
        return spellings;
    }
}
